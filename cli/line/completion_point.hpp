// SPDX-License-Identifier: Apache-2.0
// Finds out what may follow at the end of an unfinished command line. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/line/command_table.hpp"

namespace vcs::cli {

struct CompletionPoint {
  const Command* command = nullptr;          // null: the name of a command, or its second word
  std::string group;                         // the group whose second word may follow
  const Argument* argument = nullptr;        // this argument may follow,
  const Option* option = nullptr;            // or the value of this option,
  bool option_name = false;                  // or the name of an option
  bool unknown = false;                      // the line names no command that exists
  std::string prefix;                        // the typed part of the word
  std::map<std::string, std::string> given;  // values on the line, by the names of the table
};

// `words`: the words behind the program's name, with quotes and backslashes, as they are typed. The
// last one is unfinished.
CompletionPoint find_completion_point(const std::vector<std::string>& words);

// A word without the shell's quotes. A quote that is still open ends with the word.
std::string unquoted(std::string_view word);

}  // namespace vcs::cli
