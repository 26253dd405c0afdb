// SPDX-License-Identifier: Apache-2.0
// Messages about watched folders and the histories that belong to them.
#pragma once

#include <string>
#include <vector>

#include "ipc/messages/common.hpp"

namespace vcs::ipc {

// --- repo.init ---
struct InitRequest {
  std::string folder;   // absolute
  std::string name;     // "": the folder's own name
  bool anew = false;    // begin a new history, even if the folder has had one
  std::string history;  // the key of the history that goes on; "": one of that name, or certain
  VCS_FIELDS(VCS_PATH(folder), name, anew, history)
};
struct RepositoryInfo {
  std::string name, id, worktree;
  RepositoryState state = RepositoryState::none;
  std::string data;      // the repository's folder
  bool created = false;  // by this call
  bool resumed = false;  // by this call: an earlier history goes on
  VCS_FIELDS(name, id, VCS_PATH(worktree), state, VCS_PATH(data), created, resumed)
};
struct RepoInit {
  static constexpr auto kName = "repo.init";
  using Request = InitRequest;
  using Response = RepositoryInfo;
};

// --- repo.list ---
struct RepoListRequest {
  VCS_FIELDS()
};
struct RepoListResponse {
  std::vector<RepositoryInfo> repositories;
  VCS_FIELDS(repositories)
};
struct RepoList {
  static constexpr auto kName = "repo.list";
  using Request = RepoListRequest;
  using Response = RepoListResponse;
};

// --- repo.remove ---
struct RepoRemoveRequest {
  std::string repository;
  bool delete_history = false;  // false: the history stays on disk, only watching ends
  bool now = false;             // delete before the answer, not after a week
  std::string confirm;          // to delete: the repository's name, which a person has confirmed
  VCS_FIELDS(repository, delete_history, now, confirm)
};
// A history that is no longer watched, or whose folder lies elsewhere.
struct HistoryInfo {
  std::string name, id, worktree;
  std::string key;  // names exactly one history
  HistoryState state = HistoryState::kept;
  bool certain = false;          // if a folder was asked about: the history is certainly its own
  Time removed{}, expires{};     // removed 0: not known; expires 0: never
  Count commits = 0, bytes = 0;  // bytes: of the store
  Time head_time{};              // of the last save
  std::string problem;           // why commits, bytes and head_time are not known
  VCS_FIELDS(name, id, VCS_PATH(worktree), key, state, certain, removed, expires, commits, bytes,
             head_time, problem)
};
struct RepoRemove {
  static constexpr auto kName = "repo.remove";
  using Request = RepoRemoveRequest;
  using Response = HistoryInfo;
};

// --- repo.histories ---
struct HistoriesRequest {
  std::string folder;  // lists histories that may go on there; "": all that are not watched
  VCS_FIELDS(VCS_PATH(folder))
};
struct HistoriesResponse {
  std::vector<HistoryInfo> histories;
  VCS_FIELDS(histories)
};
struct RepoHistories {
  static constexpr auto kName = "repo.histories";
  using Request = HistoriesRequest;
  using Response = HistoriesResponse;
};

// --- repo.move ---
struct RepoMoveRequest {
  std::string repository;
  std::string folder;      // absolute
  bool confirmed = false;  // move even if the folder does not look like the history's folder
  bool dry_run = false;
  VCS_FIELDS(repository, VCS_PATH(folder), confirmed, dry_run)
};
// How a history goes on in a folder, or would go on.
struct RepoMoveResponse {
  RepositoryInfo repository;  // without a state: nothing was done
  std::string from;           // the folder before
  bool done = false;
  bool same_folder = false, empty = false;  // the very folder that was watched; nothing lies in it
  Count names = 0, names_there = 0;         // at the top of the last save; how many the folder has
  VCS_FIELDS(repository, VCS_PATH(from), done, same_folder, empty, names, names_there)
};
struct RepoMove {
  static constexpr auto kName = "repo.move";
  using Request = RepoMoveRequest;
  using Response = RepoMoveResponse;
};

// --- repo.restore ---
struct RepoRestoreRequest {
  std::string history;  // a name, a key, or the beginning of an id
  std::string folder;   // absolute; "": the folder that it had
  std::string name;     // the new name; "": the name that it had
  bool confirmed = false, dry_run = false;
  VCS_FIELDS(history, VCS_PATH(folder), name, confirmed, dry_run)
};
struct RepoRestore {
  static constexpr auto kName = "repo.restore";
  using Request = RepoRestoreRequest;
  using Response = RepoMoveResponse;
};

// --- repo.rename ---
struct RepoRenameRequest {
  std::string repository, name;
  VCS_FIELDS(repository, name)
};
struct RepoRename {
  static constexpr auto kName = "repo.rename";
  using Request = RepoRenameRequest;
  using Response = RepositoryInfo;
};

}  // namespace vcs::ipc
