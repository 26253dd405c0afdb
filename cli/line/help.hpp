// SPDX-License-Identifier: Apache-2.0
// --help, from the command table.
#pragma once

#include <string>
#include <string_view>

namespace vcs::cli {

// Of a command, a group, or ("") the whole program, in lines of at most `width` columns.
std::string help_text(std::string_view name, std::size_t width = 80);
bool has_help(std::string_view name);

// `text` in lines of at most `width` columns, each after the first beginning with `indent` spaces.
// Line breaks in the text stay.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t width = 80);

}  // namespace vcs::cli
