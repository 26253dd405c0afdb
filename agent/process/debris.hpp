// SPDX-License-Identifier: Apache-2.0
// Data folders of repositories that came to nothing, because the agent was killed while it made
// them. A mark that is written first and removed last tells them from somebody's history, which may
// have lost its description as well.
#pragma once

#include <string>
#include <vector>

#include "core/base/filesystem.hpp"

namespace vcs::agent::process {

Result<void> mark_unfinished(base::Directory& data);
// Whoever was marked has its description. Without an error: the next start tries again.
void mark_finished(base::Directory& data);
// In `repositories`: those that are marked and have no description of any kind, or hold nothing
// but what there is of the mark.
std::vector<std::string> unfinished_folders(base::Directory& repositories);

}  // namespace vcs::agent::process
