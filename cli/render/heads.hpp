// SPDX-License-Identifier: Apache-2.0
// Formats the heads of a remote for people. Pure.
#pragma once

#include <string>
#include <vector>

#include "cli/render/text.hpp"
#include "ipc/messages/clone.hpp"

namespace vcs::cli {

// A line for each: id, machine and folder, commits, time of the last.
std::string heads_text(const std::vector<ipc::HeadInfo>& heads, base::UnixNanos now,
                       const Style& style);

// Names the head that was cloned, and the other heads of the remote.
std::string cloned_head_text(const ipc::CloneResponse& done, base::UnixNanos now);

}  // namespace vcs::cli
