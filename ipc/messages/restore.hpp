// SPDX-License-Identifier: Apache-2.0
// Messages about restoring files from the history.
#pragma once

#include <string>
#include <vector>

#include "ipc/messages/status.hpp"

namespace vcs::ipc {

// --- restore ---
struct RestoreRequest {
  std::string repository, commit;
  std::vector<std::string> paths;  // worktree-relative, UTF-8 or "b64:…"
  std::string target;              // absolute folder; "": the worktree itself
  bool overwrite = false, dry_run = false;
  VCS_FIELDS(repository, commit, paths, VCS_PATH(target), overwrite, dry_run)
};
struct RestoreItem {
  std::string path;
  FileAction action = FileAction::create;
  std::string detail;  // the reason, or what is missing
  VCS_FIELDS(VCS_PATH(path), action, detail)
};
struct RestoreResponse {
  std::string commit, target;
  Count created = 0, replaced = 0, unchanged = 0, refused = 0, failed = 0, bytes = 0;
  Count metadata = 0;    // of the unchanged: mode, owner, time or attributes differ, or were set
  Count incomplete = 0;  // of the others: restored without some of these
  bool dry_run = false;
  std::string before;  // with overwrite: the commit that has the target's earlier files; "": none
  Time commit_time{};  // 0: not known
  std::string only;    // the path that was created or replaced, if there is only one; else ""
  bool owed = false;   // files that were not written do not count as deleted: see `owed`
  VCS_FIELDS(commit, VCS_PATH(target), created, replaced, unchanged, refused, failed, bytes,
             dry_run, metadata, incomplete, before, commit_time, VCS_PATH(only), owed)
};
struct Restore {
  static constexpr auto kName = "restore";
  using Request = RestoreRequest;
  using Item = RestoreItem;
  using Response = RestoreResponse;
};

// --- owed: files that a clone or a restore has not written ---
struct OwedRequest {
  std::string repository;
  OwedAction action = OwedAction::tell;
  VCS_FIELDS(repository, action)
};
struct OwedResponse {
  std::string repository;
  OwedStatus owed;           // after this request
  RestoreResponse restored;  // the files that this request wrote
  VCS_FIELDS(repository, owed, restored)
};
struct Owed {
  static constexpr auto kName = "owed";
  using Request = OwedRequest;
  using Item = RestoreItem;
  using Response = OwedResponse;
};

}  // namespace vcs::ipc
