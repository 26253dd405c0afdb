// SPDX-License-Identifier: Apache-2.0
// Messages about bringing files back from a remote.
#pragma once

#include <string>
#include <vector>

#include "ipc/messages/remotes.hpp"
#include "ipc/messages/repositories.hpp"
#include "ipc/messages/restore.hpp"

namespace vcs::ipc {

// A file that could not be fetched from a remote.
struct LostInfo {
  std::string path, why;
  std::string older;  // a commit with an earlier version of the file; "": none is known
  VCS_FIELDS(VCS_PATH(path), why, older)
};
// What could not be fetched from a remote.
struct SalvageReport {
  std::string incomplete;           // why the history is not whole; "": it is
  std::string missed_head;          // the newest commit, which cannot be fetched; zeros: its id is
                                    // not known; "": it was taken
  Count lost = 0;                   // lost files and folders of the commit that was taken
  std::vector<LostInfo> files;      // the first of them
  std::vector<std::string> damage;  // at the remote, whether or not it cost anything; the first
                                    // 1,000
  VCS_FIELDS(incomplete, missed_head, lost, files, damage)
};

// --- clone ---
struct CloneRequest {
  std::string url, folder, name;
  std::string head;      // an id, a unique prefix, or the name of its machine; "": the newest
  bool no_push = false;  // nothing is copied back to the remote
  VCS_FIELDS(url, VCS_PATH(folder), name, head, no_push)
};
struct CloneResponse {
  RepositoryInfo repository;
  std::string head;
  RestoreResponse restored;
  SalvageReport salvage;
  HeadInfo taken;               // the head that was cloned
  std::vector<HeadInfo> heads;  // all that the remote has
  VCS_FIELDS(repository, head, restored, salvage, taken, heads)
};
struct Clone {
  static constexpr auto kName = "clone";
  using Request = CloneRequest;
  using Item = RestoreItem;
  using Response = CloneResponse;
};

// --- restore.from: a remote ---
struct RestoreFromRequest {
  std::string repository;          // "": `from` is a URL; else the name of a remote of it
  std::string from, commit;        // commit: in any form; HEAD is the newest that can be fetched
  std::vector<std::string> paths;  // from the top of the history, UTF-8 or "b64:…"
  std::string target;              // absolute folder
  bool overwrite = false, dry_run = false;
  VCS_FIELDS(repository, from, commit, paths, VCS_PATH(target), overwrite, dry_run)
};
struct RestoreFromResponse {
  RestoreResponse restored;
  SalvageReport salvage;
  VCS_FIELDS(restored, salvage)
};
struct RestoreFrom {
  static constexpr auto kName = "restore.from";
  using Request = RestoreFromRequest;
  using Item = RestoreItem;
  using Response = RestoreFromResponse;
};

}  // namespace vcs::ipc
