// SPDX-License-Identifier: Apache-2.0
// Functions that make the arguments, options and rules in the rows of the command table. Fields
// that a function does not set keep the defaults of Argument and Option.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "cli/line/command.hpp"

namespace vcs::cli::rows {

using Choices = std::vector<std::string_view>;

inline Argument required(std::string_view name, std::string_view help,
                         ValueKind kind = ValueKind::text) {
  return {.name = name, .help = help, .required = true, .kind = kind};
}
inline Argument optional(std::string_view name, std::string_view help,
                         ValueKind kind = ValueKind::text) {
  return {.name = name, .help = help, .kind = kind};
}
// Any number of values, also none.
inline Argument repeated(std::string_view name, std::string_view help,
                         ValueKind kind = ValueKind::text) {
  return {.name = name, .help = help, .repeated = true, .kind = kind};
}
// The value must be one of these words.
inline Argument required_choice(std::string_view name, std::string_view help, Choices choices) {
  return {.name = name,
          .help = help,
          .required = true,
          .kind = ValueKind::choice,
          .choices = std::move(choices)};
}

// An option's name: "--patch", or {"--patch", "-p"}.
struct Names {
  Names(const char* full) : name(full) {}
  Names(const char* full, const char* one_letter) : name(full), short_name(one_letter) {}
  std::string_view name, short_name;
};

inline Option flag(const Names& names, std::string_view help) {
  return {.name = names.name, .short_name = names.short_name, .help = help};
}
// `shown` stands for the value in help: "TEXT".
inline Option value(const Names& names, std::string_view shown, std::string_view help,
                    ValueKind kind = ValueKind::text) {
  return {.name = names.name,
          .short_name = names.short_name,
          .value = shown,
          .help = help,
          .kind = kind};
}
// The value must be one of these words.
inline Option choice(const Names& names, std::string_view shown, std::string_view help,
                     Choices choices) {
  Option option = value(names, shown, help, ValueKind::choice);
  option.choices = std::move(choices);
  return option;
}

// needs: `option` only with `other`. excludes: not both. either: exactly one of them.
inline Rule needs(std::string_view option, std::string_view other) {
  return {.option = option, .kind = Rule::Kind::needs, .other = other};
}
inline Rule excludes(std::string_view option, std::string_view other) {
  return {.option = option, .kind = Rule::Kind::excludes, .other = other};
}
inline Rule either(std::string_view option, std::string_view other) {
  return {.option = option, .kind = Rule::Kind::either, .other = other};
}

}  // namespace vcs::cli::rows
