// SPDX-License-Identifier: Apache-2.0
// Finds data folders of repositories that were never finished, because the agent was killed while
// it made them. A mark, written first and removed last, tells such a folder from a history that has
// only lost its description.
#pragma once

#include <string>
#include <vector>

#include "core/base/filesystem.hpp"

namespace vcs::agent::process {

Result<void> mark_unfinished(base::Directory& data);
// Removes the mark; the folder has its description now. Gives no error: the next start tries again.
void mark_finished(base::Directory& data);
// The folders in `repositories` that are marked and have no description of any kind, or that hold
// only the mark, whole or cut off.
std::vector<std::string> unfinished_folders(base::Directory& repositories);

}  // namespace vcs::agent::process
