// SPDX-License-Identifier: Apache-2.0
// Runs another program to its end and collects its output.
#pragma once

#include <string>
#include <vector>

#include "config/environment.hpp"
#include "core/base/result.hpp"

namespace vcs::cli {

using CommandLine = std::vector<std::string>;

struct Ran {
  int status = 0;        // the exit status; 128 if a signal ended the program
  std::string out, err;  // its standard output and standard error
};

// `unavailable` or `not_found` if the program cannot be run. PATH is searched for it.
Result<Ran> run_program(const CommandLine& line, const config::Environment& environment);

// The last line that is not empty.
std::string last_line(const std::string& text);

}  // namespace vcs::cli
