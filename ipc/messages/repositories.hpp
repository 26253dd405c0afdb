// SPDX-License-Identifier: Apache-2.0
// Messages about which folders are watched, and which history is whose.
#pragma once

#include <string>
#include <vector>

#include "ipc/messages/common.hpp"

namespace vcs::ipc {

// --- repo.init ---
struct InitRequest {
  std::string folder;   // absolute
  std::string name;     // "": the folder's own name
  bool anew = false;    // with a new history, whatever the folder had before
  std::string history;  // the key of the one that shall go on; "": of that name, or a certain one
  VCS_FIELDS(VCS_PATH(folder), name, anew, history)
};
struct RepositoryInfo {
  std::string name, id, worktree;
  RepositoryState state = RepositoryState::none;
  std::string data;      // the repository's folder
  bool created = false;  // by this call
  bool resumed = false;  // by this call: a history that was there goes on
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
  bool now = false;             // deleted when the answer comes, not after a week
  std::string confirm;          // to delete: the repository's name, as a person has confirmed it
  VCS_FIELDS(repository, delete_history, now, confirm)
};
// A history that is watched no more, or whose folder is elsewhere.
struct HistoryInfo {
  std::string name, id, worktree;
  std::string key;  // names it for certain
  HistoryState state = HistoryState::kept;
  bool certain = false;          // with a folder: it surely is this one's
  Time removed{}, expires{};     // 0: not known; never
  Count commits = 0, bytes = 0;  // bytes: of the store
  Time head_time{};              // of the last save
  std::string problem;           // why these cannot be told
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
  std::string folder;  // those that may go on there; "": all that are watched no more
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
  bool confirmed = false;  // also where the folder does not look like it
  bool dry_run = false;
  VCS_FIELDS(repository, VCS_PATH(folder), confirmed, dry_run)
};
// How a history goes on in a folder, or would.
struct RepoMoveResponse {
  RepositoryInfo repository;  // without a state: nothing was done
  std::string from;           // the folder that it had
  bool done = false;
  bool same_folder = false, empty = false;  // the very folder that was watched; nothing lies in it
  Count names = 0, names_there = 0;         // at the top of the last save; of these, in the folder
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
  std::string folder;   // absolute; "": where it was
  std::string name;     // from now on; "": its own
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
