// SPDX-License-Identifier: Apache-2.0
// Formats the files that could not be saved, for the end of a command. Pure.
#pragma once

#include <string>
#include <vector>

#include "cli/render/text.hpp"
#include "ipc/messages/common.hpp"

namespace vcs::cli {

// "3 files could not be saved (1 too large, 2 unreadable)"; "" for none. `problems` are the first
// of `count`.
std::string unsaved_summary(const std::vector<ipc::ProblemPath>& problems, ipc::Count count);

// A line for each of the first ten, with the reason; then how many more there are.
std::string unsaved_lines(const std::vector<ipc::ProblemPath>& problems, ipc::Count count,
                          const Style& style);

}  // namespace vcs::cli
