// SPDX-License-Identifier: Apache-2.0
// Fetches a history from a remote into a local store: for a clone, or to catch up.
//
// It checks every object's hash before it stores the object. It stores the head's commit last, as a
// commit point, after it has proved the whole history complete: until then the repository has not
// moved. A fetch that is cut off leaves objects behind, which the next one does not fetch again.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/object/commit.hpp"
#include "core/remote/layout/remote_layout.hpp"
#include "core/remote/remote_store.hpp"
#include "core/store/object_store.hpp"
#include "core/sync/last_copy.hpp"

namespace vcs::sync {

struct FetchProgress {
  std::uint64_t packs_done = 0, packs_total = 0;
  std::uint64_t bytes_done = 0, bytes_total = 0;
};

struct FetchOptions {
  std::string device;  // the device of the head; empty: the newest head by the time of its commit
  std::string ref =
      remote::layout::kHeadRef;  // the ref of that device; any other name is a head that was kept
  // A local commit whose history is complete, so the fetch need not prove it again.
  std::optional<object::ObjectId> have{};
  std::size_t threads = 2;  // downloads at once
  int compression_level = 3;
  // Takes the part that can be had: an older commit if the head is missing, or a head that lacks
  // files. Without it both are errors.
  bool salvage = false;
  std::function<void(const FetchProgress&)> progress{};  // after each pack, from any thread
  const std::atomic<bool>* cancel = nullptr;
};

// One member for each fact that the answer to a clone shows.
struct FetchReport {
  remote::layout::RemoteConfig config;
  std::string device, ref;  // the head that was taken
  object::ObjectId head;
  object::Commit commit;
  std::uint64_t packs = 0, bytes = 0, objects = 0;  // fetched and stored
  // Sentences on damage at the remote. The history is complete all the same.
  std::vector<std::string> damage;

  // --- Only with `salvage`, if something could not be had ---
  bool complete = true;         // false: the history has holes, and `incomplete` has the reason
  std::string incomplete;       // a sentence
  bool config_is_lost = false;  // then `config` is empty
  std::optional<object::ObjectId> missed_head;  // the newest head, replaced by `head`
  std::uint64_t lost = 0;                       // number of lost files and folders of `head`
  std::vector<LostFile> lost_files;             // the first ones
};

// `corrupt` if the history cannot be completed: the message names the damaged commit and path, and
// the damage at the remote. Fetched objects stay in the store, but nothing names them. With
// `salvage` it is an error only if no commit can be had.
Result<FetchReport> fetch(remote::RemoteStore& remote, store::ObjectStore& store,
                          const FetchOptions& options);

}  // namespace vcs::sync
