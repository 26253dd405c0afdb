// SPDX-License-Identifier: Apache-2.0
// Environment variables to values, by the names that the option table computes.
#include "config/overrides.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace vcs::config {

namespace {

Result<Value> read_override(const Option& option, const std::string& text) {
  VCS_ASSIGN(Value value, parse_value(option.type(), text));
  VCS_TRY(check_value(option, value));
  return value;
}

// "VCSD_WATCH_…". Other names that begin with VCSD_ are no options and are ignored here.
bool looks_like_option(std::string_view name) {
  return std::any_of(sections().begin(), sections().end(), [&](const Section& section) {
    std::string prefix = "VCSD_";
    for (const char c : section.name) {
      prefix += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    return name.starts_with(prefix + "_");
  });
}

std::string unknown_variable(const std::string& name) {
  std::vector<std::string> names;
  for (const Option& option : options()) names.push_back(option.environment_name());
  const auto near = nearest(name, names);
  return fmt::format("{}: is not an option and has no effect{}", name,
                     near ? fmt::format("; did you mean {}?", *near) : std::string());
}

}  // namespace

Overrides read_overrides(const Environment& environment) {
  Overrides result;
  for (const auto& [name, text] : environment) {
    if (!name.starts_with("VCSD_") || text.empty()) continue;
    const Option* option = find_option_by_environment(name);
    if (option == nullptr) {
      if (looks_like_option(name)) result.warnings.push_back(unknown_variable(name));
      continue;
    }
    const std::string present = option->environment_name();
    if (name != present && environment.contains(present)) continue;  // the older name of it
    auto value = read_override(*option, text);
    if (value) {
      result.values.push_back({option, std::move(*value)});
    } else {
      result.problems.push_back(fmt::format("{}: {}", name, value.error().message));
    }
  }
  return result;
}

}  // namespace vcs::config
