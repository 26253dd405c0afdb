// SPDX-License-Identifier: Apache-2.0
// --help, from the command table.
#pragma once

#include <string>
#include <string_view>

namespace vcs::cli {

// The help of a command, a group, or ("") the whole program, in lines of at most `width` columns.
std::string help_text(std::string_view name, std::size_t width = 80);
bool has_help(std::string_view name);

// Wraps `text` to lines of at most `width` columns; each line after the first begins with `indent`
// spaces. Keeps the line breaks of the text.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t width = 80);

}  // namespace vcs::cli
