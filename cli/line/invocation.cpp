// SPDX-License-Identifier: Apache-2.0
// Looks up the values of a command line.
#include "cli/line/invocation.hpp"

#include <charconv>

namespace vcs::cli {

bool Invocation::has(std::string_view name) const {
  return values_.contains(std::string(name));
}

std::string Invocation::text(std::string_view name) const {
  const auto found = values_.find(std::string(name));
  return found == values_.end() || found->second.empty() ? std::string() : found->second.back();
}

std::vector<std::string> Invocation::list(std::string_view name) const {
  const auto found = values_.find(std::string(name));
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

std::uint64_t Invocation::number(std::string_view name) const {
  const std::string value = text(name);
  std::uint64_t number = 0;
  std::from_chars(value.data(), value.data() + value.size(), number);
  return number;
}

}  // namespace vcs::cli
