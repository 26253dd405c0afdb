// SPDX-License-Identifier: Apache-2.0
// Runs another program to its end and hears what it says.
#pragma once

#include <string>
#include <vector>

#include "config/environment.hpp"
#include "core/base/result.hpp"

namespace vcs::cli {

using CommandLine = std::vector<std::string>;

struct Ran {
  int status = 0;        // 128 where a signal ended it
  std::string out, err;  // what it wrote
};

// `unavailable` or `not_found` where it cannot be run. The program is looked for on PATH.
Result<Ran> run_program(const CommandLine& line, const config::Environment& environment);

// The last line that is not empty.
std::string last_line(const std::string& text);

}  // namespace vcs::cli
