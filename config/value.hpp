// SPDX-License-Identifier: Apache-2.0
// One configured value of any type, and its text forms.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/toml_loader.hpp"
#include "core/base/clock.hpp"
#include "core/base/names.hpp"
#include "core/base/result.hpp"

namespace vcs::config {

enum class Type { duration, byte_size, integer, boolean, string, string_list, choice };
// The names are for people.
constexpr auto names_of(Type) {
  using enum Type;
  return base::names<Type>({{duration, "duration"},
                            {byte_size, "byte size"},
                            {integer, "integer"},
                            {boolean, "boolean"},
                            {string, "string"},
                            {string_list, "list of strings"},
                            {choice, "choice"}});
}

// A choice is held as its string.
using Value = std::variant<base::Nanos, std::uint64_t, std::int64_t, bool, std::string,
                           std::vector<std::string>>;

// Parses a value of an environment variable: "500ms", "64KiB", "7", "true"; commas separate the
// items of a list.
Result<Value> parse_value(Type type, std::string_view text);
// Converts a value of a file. Durations and sizes are strings there; a size may also be an integer
// (bytes), and a duration may be the integer 0.
Result<Value> convert_value(Type type, const TomlValue& value);

// The value for people: 500ms, 64KiB, true, ["*.o", "build/"].
std::string value_text(const Value& value);
// The value for a file: "500ms", "64KiB", true, ["*.o", "build/"].
std::string value_toml(const Value& value);

}  // namespace vcs::config
