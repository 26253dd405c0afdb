// SPDX-License-Identifier: Apache-2.0
// One configured value of any type, and its forms as text.
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
// For people.
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

// From an environment variable: "500ms", "64KiB", "7", "true"; a list is separated by commas.
Result<Value> parse_value(Type type, std::string_view text);
// From a file. Durations and sizes are strings there; a size may also be an integer (bytes), and a
// duration the integer 0.
Result<Value> convert_value(Type type, const TomlValue& value);

// As people read it: 500ms, 64KiB, true, ["*.o", "build/"].
std::string value_text(const Value& value);
// As it is written in a file: "500ms", "64KiB", true, ["*.o", "build/"].
std::string value_toml(const Value& value);

}  // namespace vcs::config
