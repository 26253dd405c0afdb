// SPDX-License-Identifier: Apache-2.0
// Messages about keeping a history sound: verify, repair, brake, mounts, compact.
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
// An object that the history needs and that cannot be read, with one of the paths that need it.
struct HurtInfo {
  std::string object, kind, why;  // kind: blob, chunk_list, tree_node, commit
  std::string path;               // "" for a commit; of a tree node the first path below it
  std::string newest, oldest;     // of the damaged commits
  Count commits = 0;              // how many they are
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
  using Item = HurtInfo;
  using Response = VerifyResponse;
};

// --- repair ---
struct RepairRequest {
  std::string repository;
  std::string from;  // a remote's name; "": each in turn, while something is missing
  bool dry_run = false;
  bool give_up = false;  // of a lost newest commit that nobody has nothing is told any more
  VCS_FIELDS(repository, from, dry_run, give_up)
};
struct RepairResponse {
  bool dry_run = false;
  Count damaged = 0;               // objects of the history, at the beginning
  Count indexes = 0, packs = 0;    // made anew; replaced by what could be read of them
  Count fetched = 0;               // objects, from remotes
  Count from_files = 0;            // objects, from the files of the folder
  std::vector<std::string> aside;  // files
  std::string aside_folder;
  std::string rejoined;             // the commit whose line goes on again; "": none was lost
  std::vector<std::string> notes;   // for people: what could not be done or asked
  std::vector<std::string> errors;  // what is beyond help, the first 1,000
  Count error_count = 0;
  VCS_FIELDS(dry_run, damaged, indexes, packs, fetched, from_files, aside, VCS_PATH(aside_folder),
             rejoined, notes, errors, error_count)
};
struct Repair {
  static constexpr auto kName = "repair";
  using Request = RepairRequest;
  using Item = HurtInfo;
  using Response = RepairResponse;
};

// --- brake ---
struct BrakeRequest {
  std::string repository;
  bool acknowledge = false;  // take it off
  VCS_FIELDS(repository, acknowledge)
};
struct BrakeResponse {
  std::string repository;  // its name
  BrakeStatus brake;       // as it was when the request came
  VCS_FIELDS(repository, brake)
};
struct Brake {
  static constexpr auto kName = "brake";
  using Request = BrakeRequest;
  using Response = BrakeResponse;
};

// --- mounts ---
struct MountsRequest {
  std::string repository;
  std::string forget;  // this one is awaited no more; "": only tell
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
