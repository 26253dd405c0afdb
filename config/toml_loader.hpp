// SPDX-License-Identifier: Apache-2.0
// TOML text to a flat list of what it says. Its .cpp is the only place that knows the TOML library.
//
// Total: any bytes give entries or an error of the form "file:line:column: what".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/result.hpp"

namespace vcs::config {

// Larger texts are refused. Nobody writes so much configuration by hand.
inline constexpr std::uint64_t kMaximumTomlSize = std::uint64_t{1} << 20;

// A table without content: it says nothing but may be misspelt.
struct TomlEmptyTable {
  bool operator==(const TomlEmptyTable&) const = default;
};
// A number with a fraction, a date, or a list of things that are not all strings.
struct TomlOther {
  bool operator==(const TomlOther&) const = default;
};
using TomlValue = std::variant<bool, std::int64_t, std::string, std::vector<std::string>, TomlOther,
                               TomlEmptyTable>;

struct TomlEntry {
  // Names of the tables and the key. An element of a list of tables is named by its number: the
  // `url` of the second [[remotes]] is {"remotes", "1", "url"}.
  std::vector<std::string> path;
  TomlValue value;
  std::uint32_t line = 0, column = 0;  // of the key, from 1
};

// Entries in the order of the text. `invalid` with file_name, line and column if it is not TOML,
// larger than kMaximumTomlSize, or nested deeper than any sensible file.
Result<std::vector<TomlEntry>> parse_toml(std::string_view text, const std::string& file_name);

}  // namespace vcs::config
