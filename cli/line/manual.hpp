// SPDX-License-Identifier: Apache-2.0
// Manual pages in roff, from the command table and the option table. Pure.
#pragma once

#include <string>
#include <string_view>

namespace vcs::cli {

// `page`: vcsctl (section 1), vcsd (section 1), vcsd.toml (section 5) or vcsd-times (section 7).
std::string manual_page(std::string_view page);

// Escapes text for roff, in which a backslash, a hyphen, a leading dot or quote has a meaning.
std::string roff(std::string_view text);

}  // namespace vcs::cli
