// SPDX-License-Identifier: Apache-2.0
// One parsed command line: the command's row and the values it was given.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace vcs::cli {

struct Command;

class Invocation {
 public:
  Invocation() = default;
  // `values`: by the names of the table ("FOLDER", "--message"); a given flag has one empty value.
  Invocation(const Command* command, std::map<std::string, std::vector<std::string>> values)
      : command_(command), values_(std::move(values)) {}

  const Command& command() const { return *command_; }
  bool has(std::string_view name) const;
  // The last value; "" when not given.
  std::string text(std::string_view name) const;
  // All values.
  std::vector<std::string> list(std::string_view name) const;
  // The parser has checked that it is one; 0 when not given.
  std::uint64_t number(std::string_view name) const;

 private:
  const Command* command_ = nullptr;
  std::map<std::string, std::vector<std::string>> values_;
};

}  // namespace vcs::cli
