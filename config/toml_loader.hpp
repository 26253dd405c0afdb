// SPDX-License-Identifier: Apache-2.0
// Parses TOML text into a flat list of its entries. Only the .cpp knows the TOML library.
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

// Larger texts are refused: nobody writes so much configuration by hand.
inline constexpr std::uint64_t kMaximumTomlSize = std::uint64_t{1} << 20;

// A table without content. It is an entry, because its name may be misspelt.
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
  // The names of the tables, then the key. The name of an element in a list of tables is its
  // number: the `url` of the second [[remotes]] is {"remotes", "1", "url"}.
  std::vector<std::string> path;
  TomlValue value;
  std::uint32_t line = 0, column = 0;  // of the key, from 1
};

// Returns the entries in the order of the text. `invalid`, with file_name, line and column, if the
// text is not TOML, larger than kMaximumTomlSize, or nested deeper than any sensible file.
Result<std::vector<TomlEntry>> parse_toml(std::string_view text, const std::string& file_name);

}  // namespace vcs::config
