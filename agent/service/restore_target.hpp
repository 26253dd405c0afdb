// SPDX-License-Identifier: Apache-2.0
// The folder that a restore writes into.
#pragma once

#include <memory>
#include <string>

#include "core/base/filesystem.hpp"

namespace vcs::agent {
struct Context;
struct Places;
}  // namespace vcs::agent

namespace vcs::agent::service {

class FilledFolders;

struct RestoreTarget {
  std::unique_ptr<base::Directory> directory;  // null: a dry run, and the folder does not exist
  std::string real;                            // its real path
  bool is_new = false;                         // it was made for this restore
};

// Opens `target`, an absolute path outside the agent's own data, and makes it if it is missing.
// Calls filled.begin() before that. Blocks; not for the loop.
Result<RestoreTarget> open_target(Context& context, const Places& places, FilledFolders& filled,
                                  const std::string& target, bool dry_run);

}  // namespace vcs::agent::service
