// SPDX-License-Identifier: Apache-2.0
// Quotes strings and keys for TOML. The callers format tables and lines as plain text.
#pragma once

#include <string>
#include <string_view>

namespace vcs::config {

// True if `text` is well-formed UTF-8, without surrogates or overlong forms. A TOML file must be.
bool is_utf8(std::string_view text);

// `text`, which must be UTF-8, as a basic TOML string in quotes.
std::string toml_quote(std::string_view text);

// A key as it may stand in a table header: bare where TOML allows it, else quoted.
std::string toml_key(std::string_view key);

}  // namespace vcs::config
