// SPDX-License-Identifier: Apache-2.0
// What status shows of a repository. Each snapshot, repair and merge brings it up to date, so that
// an answer costs nothing.
#pragma once

#include <memory>
#include <string>

#include "config/repository_file.hpp"
#include "core/object/commit.hpp"
#include "core/store/store_types.hpp"
#include "core/tree/tree.hpp"
#include "ipc/messages/status.hpp"

namespace vcs::history {
class Repository;
}

namespace vcs::agent::repository {

struct Summary {
  object::ObjectId head;  // zero: no commit yet
  object::Commit commit;
  tree::TreeTotals totals;
  store::StoreStats store;
  std::string damage;  // a sentence about lost or damaged objects; "": none are known

  // Reads the head's commit and root node. Not on the loop.
  static Result<std::shared_ptr<Summary>> of(history::Repository& repository);
};

ipc::AlarmStatus alarm_status(const config::RepositoryFile& file);

// "vcsd with process id 4711", for the lock file.
std::string holder_text();

}  // namespace vcs::agent::repository
