// SPDX-License-Identifier: Apache-2.0
// Where in a command line somebody asks for what may follow. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/line/command_table.hpp"

namespace vcs::cli {

struct CompletionPoint {
  const Command* command = nullptr;          // null: a command's name, or its second word, is asked
  std::string group;                         // whose second word is asked
  const Argument* argument = nullptr;        // what is asked,
  const Option* option = nullptr;            // or the value of this option,
  bool option_name = false;                  // or an option
  bool unknown = false;                      // the line has no such command
  std::string prefix;                        // of the word that is asked for
  std::map<std::string, std::string> given;  // values on the line, by the names of the table
};

// `words` behind the program's name, the last one being typed, as the shell has them: with quotes
// and backslashes.
CompletionPoint find_completion_point(const std::vector<std::string>& words);

// A word without the shell's quotes; one that is not closed is.
std::string unquoted(std::string_view word);

}  // namespace vcs::cli
