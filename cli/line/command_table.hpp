// SPDX-License-Identifier: Apache-2.0
// The one table of all commands of vcsctl. The parser, --help, the completions and the manual page
// all come from it.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "cli/line/command.hpp"

namespace vcs::cli {

// A section of the help: commands by purpose.
struct Section {
  std::string_view title;
  std::vector<std::string_view> names;  // of commands and groups
};

struct Group {
  std::string_view name, summary;
};

std::span<const Command> commands();       // in the order of the help
std::span<const Section> sections();       // of the overview; every command is in one
std::span<const Group> groups();           // of the commands with two words
std::span<const Option> common_options();  // taken by every command

const Command* find_command(std::string_view name);  // null: none

}  // namespace vcs::cli
