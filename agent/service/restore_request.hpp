// SPDX-License-Identifier: Apache-2.0
// Runs a restore, for `restore` and for `clone`.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/random.hpp"
#include "core/base/sleeper.hpp"
#include "core/restore/restorer.hpp"
#include "ipc/messages/restore.hpp"

namespace vcs::history {
class Repository;
}

namespace vcs::agent::service {

// A checked request, with the parts of the agent that it needs.
struct RestoreJob {
  std::shared_ptr<history::Repository> repository;
  object::ObjectId commit, tree;
  std::string target;  // absolute, for the answer
  base::Random& random;
  std::vector<std::string> paths = {};
  bool overwrite = false, dry_run = false, restore_owner = false;
  bool is_new = false;  // the target was made for this restore: it becomes like the top folder
  base::UnixNanos now{};
  restore::StandingHistory* history = nullptr;  // with overwrite: of the files in the target
  std::size_t threads = 1;
  std::function<Result<std::unique_ptr<base::Directory>>()> open_target = {};
  std::function<bool()> cancelled = {};
  base::Sleeper sleep = base::thread_sleeper();  // between attempts while descriptors are lacking
};

// Decodes a path in a list of a request: a path that is not UTF-8 is sent as "b64:…", and so is a
// path that begins with "b64:".
Result<std::string> decode_path(const std::string& text);

// Blocks; not for the loop. `item` gets the entries that were refused or failed, and with dry_run
// the entries that would be written.
Result<ipc::RestoreResponse> run_restore(const RestoreJob& job,
                                         const std::function<bool(const ipc::RestoreItem&)>& item,
                                         const std::function<void(const ipc::Progress&)>& progress);

}  // namespace vcs::agent::service
