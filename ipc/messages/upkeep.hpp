// SPDX-License-Identifier: Apache-2.0
// Messages that check and maintain a repository: verify, repair, alarm, mounts, compact.
#pragma once

#include <string>
#include <vector>

#include "ipc/messages/status.hpp"

namespace vcs::ipc {

// --- verify ---
struct VerifyRequest {
  std::string repository;
  bool read_data = false;
  VCS_FIELDS(repository, read_data)
};
// An object that the history needs and that cannot be read, with one path that needs it.
struct DamagedObjectInfo {
  std::string object, kind, why;  // kind: blob, chunk_list, tree_node, commit
  std::string path;               // "" for a commit; for a tree node the first path below it
  std::string newest, oldest;     // of the commits that need it
  Count commits = 0;              // how many commits need it
  VCS_FIELDS(object, kind, why, VCS_PATH(path), newest, oldest, commits)
};
struct VerifyResponse {
  Count objects = 0, packs = 0, bytes = 0;
  std::vector<std::string> errors;  // the first 1,000
  Count error_count = 0;
  VCS_FIELDS(objects, packs, bytes, errors, error_count)
};
struct Verify {
  static constexpr auto kName = "verify";
  using Request = VerifyRequest;
  using Item = DamagedObjectInfo;
  using Response = VerifyResponse;
};

// --- repair ---
struct RepairRequest {
  std::string repository;
  std::string from;  // a remote's name; "": each in turn, while an object is missing
  bool dry_run = false;
  bool give_up = false;  // do not report lost objects any more that no source has
  VCS_FIELDS(repository, from, dry_run, give_up)
};
struct RepairResponse {
  bool dry_run = false;
  Count damaged = 0;               // damaged objects of the history, before the repair
  Count indexes = 0, packs = 0;    // rebuilt indexes; packs replaced by their readable part
  Count fetched = 0;               // objects from remotes
  Count from_files = 0;            // objects from the files of the folder
  std::vector<std::string> aside;  // damaged files that were put aside
  std::string aside_folder;
  std::string rejoined;             // the lost commit after which the history goes on; "": none
  std::vector<std::string> notes;   // what could not be done or asked; sentences for people
  std::vector<std::string> errors;  // what cannot be repaired, the first 1,000
  Count error_count = 0;
  VCS_FIELDS(dry_run, damaged, indexes, packs, fetched, from_files, aside, VCS_PATH(aside_folder),
             rejoined, notes, errors, error_count)
};
struct Repair {
  static constexpr auto kName = "repair";
  using Request = RepairRequest;
  using Item = DamagedObjectInfo;
  using Response = RepairResponse;
};

// --- alarm; its older name is in the protocol ---
struct AlarmRequest {
  std::string repository;
  bool acknowledge = false;  // clear the alarm
  VCS_FIELDS(repository, acknowledge)
};
struct AlarmResponse {
  std::string repository;  // its name
  AlarmStatus alarm;       // before this request
  VCS_FIELDS(repository, VCS_RENAMED(alarm))
};
struct Alarm {
  static constexpr auto kName = "brake";
  using Request = AlarmRequest;
  using Response = AlarmResponse;
};

// --- mounts ---
struct MountsRequest {
  std::string repository;
  std::string forget;  // the path of a mount to forget; "": only list the mounts
  VCS_FIELDS(repository, VCS_PATH(forget))
};
struct MountInfo {
  std::string path;
  MountState state = MountState::mounted;
  VCS_FIELDS(VCS_PATH(path), state)
};
struct MountsResponse {
  std::string repository;  // its name
  std::vector<MountInfo> mounts;
  VCS_FIELDS(repository, mounts)
};
struct Mounts {
  static constexpr auto kName = "mounts";
  using Request = MountsRequest;
  using Response = MountsResponse;
};

// --- repo.compact ---
struct CompactRequest {
  std::string repository;
  VCS_FIELDS(repository)
};
struct CompactResponse {
  Count runs = 0;
  Count packs_before = 0, packs_after = 0, bytes_before = 0, bytes_after = 0;
  std::vector<std::string> errors;  // damaged packs, which were left as they are
  VCS_FIELDS(runs, packs_before, packs_after, bytes_before, bytes_after, errors)
};
// A stream without items, because only the work of a stream can be cancelled.
struct RepoCompact {
  static constexpr auto kName = "repo.compact";
  using Request = CompactRequest;
  using Item = Empty;
  using Response = CompactResponse;
};

}  // namespace vcs::ipc
