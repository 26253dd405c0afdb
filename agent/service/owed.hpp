// SPDX-License-Identifier: Apache-2.0
// Writes the files that are owed: for `vcsctl owed`, and for a clone that is called again.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/base/result.hpp"
#include "ipc/messages/restore.hpp"

namespace vcs::history {
class Repository;
}
namespace vcs::agent {
struct Context;
}

namespace vcs::agent::service {

// Blocks; not for the loop. Restores the head without replacing anything; if nothing has failed,
// nothing is owed any more. After it the caller lets the watched repository scan everything.
Result<ipc::RestoreResponse> write_owed_files(
    Context& context, const std::shared_ptr<history::Repository>& repository,
    const std::string& worktree, const std::function<bool(const ipc::RestoreItem&)>& item,
    const std::function<void(const ipc::Progress&)>& progress,
    const std::function<bool()>& cancelled);

}  // namespace vcs::agent::service
