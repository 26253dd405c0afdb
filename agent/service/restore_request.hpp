// SPDX-License-Identifier: Apache-2.0
// A restore as both `restore` and `clone` run it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/random.hpp"
#include "core/base/sleeper.hpp"
#include "core/history/repository.hpp"
#include "core/restore/restorer.hpp"
#include "ipc/messages/restore.hpp"

namespace vcs::agent::service {

struct RestoreJob {
  std::shared_ptr<history::Repository> repository;
  object::ObjectId commit, tree;
  std::string target;  // absolute, for the answer
  base::Random& random;
  std::vector<std::string> paths = {};
  bool overwrite = false, dry_run = false, restore_owner = false;
  bool is_new = false;  // the target was made for this restore: it becomes like the top folder
  base::UnixNanos now{};
  restore::StandingHistory* history = nullptr;  // with overwrite: of what stands in the target
  std::size_t threads = 1;
  std::function<Result<std::unique_ptr<base::Directory>>()> open_target = {};
  std::function<bool()> cancelled = {};
  base::Sleeper sleep = base::thread_sleeper();  // between tries of what lacks descriptors
};

// A path as requests carry it in a list: those that are not UTF-8 travel as "b64:…", and so does a
// file whose name begins like that.
Result<std::string> decode_path(const std::string& text);

// Blocks; not for the loop. Items are entries that were refused or failed, and with dry_run what
// would be done.
Result<ipc::RestoreResponse> run_restore(const RestoreJob& job,
                                         const std::function<bool(const ipc::RestoreItem&)>& item,
                                         const std::function<void(const ipc::Progress&)>& progress);

}  // namespace vcs::agent::service
