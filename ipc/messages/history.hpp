// SPDX-License-Identifier: Apache-2.0
// Messages that make a commit, and that ask which commits exist and what they changed.
#pragma once

#include <string>
#include <vector>

#include "ipc/messages/common.hpp"

namespace vcs::ipc {

// --- commit ---
struct ChangeCounts {
  Count added = 0, modified = 0, deleted = 0;
  VCS_FIELDS(added, modified, deleted)
};
struct ChangedPath {
  std::string path;
  Change change = Change::none;
  FileType type = FileType::none;  // after the change; before it when deleted
  Count size = 0;                  // after the change; 0 when deleted
  VCS_FIELDS(VCS_PATH(path), change, type, size)
};
struct CommitInfo {
  std::string id, parent;
  Time time{};
  CommitKind kind = CommitKind::automatic;
  std::string message;
  ChangeCounts changed;
  std::string device;
  Count sequence = 0;
  Count unstable = 0;
  std::vector<ChangedPath> paths;  // the first changed paths, if the request asks for them
  VCS_FIELDS(id, parent, time, kind, VCS_PATH(message), changed, device, sequence, unstable, paths)
};
struct CommitRequest {
  std::string repository, message;
  bool full = false;  // check every file, whatever the watcher reported
  VCS_FIELDS(repository, VCS_PATH(message), full)
};
struct CommitResponse {
  std::string id, parent;
  Time time{};
  CommitKind kind = CommitKind::automatic;
  std::string message;
  ChangeCounts changed;
  bool created = false;               // false: nothing had changed, and id is the head
  std::vector<ProblemPath> problems;  // files that could not be saved (the first 100)
  Count problem_count = 0;
  VCS_FIELDS(id, parent, time, kind, VCS_PATH(message), changed, created, problems, problem_count)
};
struct Commit {
  static constexpr auto kName = "commit";
  using Request = CommitRequest;
  using Response = CommitResponse;
};

// --- resolve ---
struct ResolveRequest {
  std::string repository;
  std::string commit;  // in any form; "": by time
  Time time{};         // asks for the newest commit that is not younger than this
  VCS_FIELDS(repository, commit, time)
};
struct ResolveResponse {
  CommitInfo commit;
  bool before_history = false;  // all commits are younger, and `commit` is the first
  VCS_FIELDS(commit, before_history)
};
struct Resolve {
  static constexpr auto kName = "resolve";
  using Request = ResolveRequest;
  using Response = ResolveResponse;
};

// --- log ---
struct LogRequest {
  std::string repository;
  std::string
      path;         // worktree-relative; with it, only commits in which its content or type differs
  Count limit = 0;  // 0: all
  bool with_paths = false;  // list the first changed paths of each commit, at or below `path`
  VCS_FIELDS(repository, VCS_PATH(path), limit, with_paths)
};
struct Log {
  static constexpr auto kName = "log";
  using Request = LogRequest;
  using Item = CommitInfo;
  using Response = StreamEnd;
};

// --- show: what a commit changed ---
struct ShowRequest {
  std::string repository, commit;
  VCS_FIELDS(repository, commit)
};
struct ChangeInfo {
  std::string path;
  Change change = Change::none;
  FileType type_before = FileType::none, type_after = FileType::none;
  std::string id_before, id_after;
  Count size_before = 0, size_after = 0, mode_before = 0, mode_after = 0;
  VCS_FIELDS(VCS_PATH(path), change, type_before, type_after, id_before, id_after, size_before,
             size_after, mode_before, mode_after)
};
struct Show {
  static constexpr auto kName = "show";
  using Request = ShowRequest;
  using Item = ChangeInfo;
  using Response = CommitInfo;
};

// --- diff ---
struct DiffRequest {
  std::string repository, a, b, path;  // b "": the head
  VCS_FIELDS(repository, a, b, VCS_PATH(path))
};
struct DiffResponse {
  std::string a, b;  // full ids
  Count items = 0;
  VCS_FIELDS(a, b, items)
};
struct Diff {
  static constexpr auto kName = "diff";
  using Request = DiffRequest;
  using Item = ChangeInfo;
  using Response = DiffResponse;
};

// --- ls ---
struct LsRequest {
  std::string repository, commit, path;
  bool recursive = false;
  VCS_FIELDS(repository, commit, VCS_PATH(path), recursive)
};
struct EntryInfo {
  std::string path;
  FileType type = FileType::none;
  Count mode = 0, size = 0;
  Time mtime{};
  std::string id;      // content id; "" for folders
  std::string target;  // of a symlink
  bool unstable = false;
  VCS_FIELDS(VCS_PATH(path), type, mode, size, mtime, id, VCS_PATH(target), unstable)
};
struct Ls {
  static constexpr auto kName = "ls";
  using Request = LsRequest;
  using Item = EntryInfo;
  using Response = StreamEnd;
};

}  // namespace vcs::ipc
