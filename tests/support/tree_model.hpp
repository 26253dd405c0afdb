// SPDX-License-Identifier: Apache-2.0
// What a folder holds, in one form for the disk and for a commit: a map from path to a line with
// type, permission bits and content id (files), or target (symlinks).
#pragma once

#include <map>
#include <string>

#include "ipc/client.hpp"
#include "ipc/methods.hpp"

namespace vcs::test {

using TreeModel = std::map<std::string, std::string>;

// Of the disk. Files must be small enough to be one object (at most 32 KiB), so that their content
// id is the hash of their bytes.
TreeModel model_of_folder(const std::string& folder);
// Of a commit, below `path` of the worktree ("": all of it). Paths are relative to `path`.
TreeModel model_of_commit(ipc::Client& client, const std::string& repository,
                          const std::string& commit, const std::string& path = "");
// Some of the lines that differ; "" if none do.
std::string difference(const TreeModel& expected, const TreeModel& found);

// Connects to the agent that has this home.
ipc::Client connect_client(const std::string& home);

}  // namespace vcs::test
