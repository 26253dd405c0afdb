// SPDX-License-Identifier: Apache-2.0
// Messages about the state of the agent, its repositories and their remotes.
#pragma once

#include <string>
#include <vector>

#include "ipc/messages/common.hpp"

namespace vcs::ipc {

struct StatusRequest {
  std::string repository;       // "": all
  bool wait = false;            // answer when everything written before the call is in a commit
  bool synced = false;          // ... and at every remote; implies wait
  double patience_seconds = 0;  // how long to wait for the remotes; 0: without limit
  VCS_FIELDS(repository, wait, synced, patience_seconds)
};
struct WatchStatus {
  Count used = 0, limit = 0, polled_folders = 0, lost_events = 0;
  VCS_FIELDS(used, limit, polled_folders, lost_events)
};
struct AuditStatus {
  Time time{};
  Count drift = 0;  // changes that audits found and the watcher had missed
  VCS_FIELDS(time, drift)
};
struct AlarmStatus {
  AlarmReason reason = AlarmReason::none;  // none: the alarm does not ring
  Time since{};
  std::string commit;  // the newest commit before the mass change
  Count deleted = 0, rewritten = 0;
  VCS_FIELDS(reason, since, commit, deleted, rewritten)
};
struct CompactedStatus {
  Count runs = 0;                           // merges of several packs
  Count bytes_before = 0, bytes_after = 0;  // of the packs that were merged
  VCS_FIELDS(runs, bytes_before, bytes_after)
};
struct StoreStatus {
  Count objects = 0, packs = 0, bytes_raw = 0, bytes_stored = 0;
  CompactedStatus compacted;  // since the repository was opened
  VCS_FIELDS(objects, packs, bytes_raw, bytes_stored, compacted)
};
struct RemoteStatus {
  std::string name, url;  // url without its secret
  RemoteState state = RemoteState::off;
  Count behind_commits = 0;
  double oldest_unsynced_seconds = 0;
  std::string last_error;
  Time last_sync{};
  std::vector<std::string> weaknesses;  // what the remote cannot promise; sentences
  bool push = true;                     // false: nothing is copied there, and its state is off
  bool same_disk = false;               // on the disk of the history: one failure takes both
  VCS_FIELDS(name, url, state, behind_commits, oldest_unsynced_seconds, last_error, last_sync,
             weaknesses, push, same_disk)
};
// Files that a clone or a restore has not written into the folder. They do not count as deleted.
struct OwedStatus {
  std::string commit;  // "": nothing is owed
  Time since{};
  Count entries = 0;               // as the last full scan found them; 0 before the first one
  std::vector<ProblemPath> paths;  // the first hundred of them
  VCS_FIELDS(commit, since, entries, paths)
};
// A gap: nobody watched, and files changed. Of these changes only the last state is saved.
struct UnwatchedTime {
  Time from{}, to{};
  VCS_FIELDS(from, to)
};
struct PipelineStatus {
  Count workers = 0, readers = 0, batch_files = 0;
  std::string storage;  // solid, spinning, network, unknown
  std::string shape;    // small_files, large_files, mixture; "" when nothing was read
  VCS_FIELDS(workers, readers, batch_files, storage, shape)
};
// One member for each field of the protocol, so it has many.
struct RepositoryStatus {
  std::string name, id, worktree;
  RepositoryState state = RepositoryState::none;
  std::string reason;  // why, when suspended or error
  std::string head;
  Time head_time{};
  Count files = 0, bytes = 0;
  Count pending_changes = 0;
  Count commits = 0;  // in the history of the head
  WatchStatus watches;
  AuditStatus last_audit;
  AlarmStatus alarm;  // many files were deleted or encrypted
  OwedStatus owed;    // files that a clone or a restore has not written
  StoreStatus store;
  std::vector<RemoteStatus> remotes;
  std::vector<ProblemPath> problems;  // files that could not be saved, and why (the first 100)
  Count problem_count = 0;
  std::vector<ProblemPath> incomplete;  // captured without some of their attributes (the first 100)
  Count incomplete_count = 0;
  Count skipped_special = 0;  // FIFOs, sockets and devices
  Count skipped_builtin = 0;  // files that the built-in ignore rules leave out
  // Folders whose filesystem is not mounted any more: nothing is deleted below them.
  std::vector<ProblemPath> unmounted;
  std::vector<std::string> missing_packs;  // files of the store that are gone
  std::string damage;       // which part of the history is lost or damaged; "": none is known
  bool open = true;         // false: its commits and files are not known yet
  Progress progress;        // of the running snapshot; Stage::none if none runs
  PipelineStatus pipeline;  // what the last snapshot chose, or the running one has chosen so far
  std::string device;       // the name under which it copies to remotes
  std::string copy_of;      // the device that it was before; "": it is no copy
  std::vector<UnwatchedTime> unwatched;  // the gaps of the last week, the newest first
  VCS_FIELDS(name, id, VCS_PATH(worktree), state, reason, head, head_time, files, bytes,
             pending_changes, commits, watches, last_audit, VCS_RENAMED(alarm), owed, store,
             remotes, problems, problem_count, incomplete, incomplete_count, skipped_special,
             skipped_builtin, unmounted, missing_packs, damage, open, progress, pipeline, device,
             copy_of, unwatched)
};
struct AgentStatus {
  std::string version;
  Count pid = 0;
  double uptime_seconds = 0;
  Count rss_bytes = 0;
  std::string home;  // the folder of its data
  std::string hash_provider;
  Count workers = 0;
  VCS_FIELDS(version, pid, uptime_seconds, rss_bytes, VCS_PATH(home), hash_provider, workers)
};
// A remote that has not got everything that the request asks for.
struct UnsyncedRemote {
  std::string repository, remote, reason;
  VCS_FIELDS(repository, remote, reason)
};
struct StatusResponse {
  AgentStatus agent;
  std::vector<RepositoryStatus> repositories;
  std::vector<UnsyncedRemote> unsynced;  // with `synced`: remotes that have not got everything
  VCS_FIELDS(agent, repositories, unsynced)
};
struct Status {
  static constexpr auto kName = "status";
  using Request = StatusRequest;
  using Response = StatusResponse;
};

}  // namespace vcs::ipc
