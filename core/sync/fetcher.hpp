// SPDX-License-Identifier: Apache-2.0
// Brings a history from a remote into a local store: for a clone, or to catch up.
//
// Every object's hash is checked before it is stored. The head's commit is stored last, as a commit
// point, after the whole history has been proved complete: until then the repository has not moved.
// A fetch that is cut off leaves objects behind, which the next one does not fetch again.
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
  std::string device;  // whose head; empty: the newest by the time of its commit
  std::string ref =
      remote::layout::kHeadRef;  // which of its refs; another one is a head that was kept
  // A local commit whose history is complete, so that it need not be proved again.
  std::optional<object::ObjectId> have{};
  std::size_t threads = 2;  // downloads at once
  int compression_level = 3;
  // What is whole is taken, though the rest cannot be had: an older commit where the head is not
  // there, a head whose files are not all there. Else that is an error.
  bool salvage = false;
  std::function<void(const FetchProgress&)> progress{};  // after each pack, from any thread
  const std::atomic<bool>* cancel = nullptr;
};

struct FetchReport {
  remote::layout::RemoteConfig config;
  std::string device, ref;  // the head that was taken
  object::ObjectId head;
  object::Commit commit;
  std::uint64_t packs = 0, bytes = 0, objects = 0;  // fetched and stored
  // Sentences on what is damaged or missing at the remote. The history is complete all the same.
  std::vector<std::string> damage;

  // --- Of a fetch that salvages, where something could not be had ---
  bool complete = true;         // else the history is not, and `incomplete` says why
  std::string incomplete;       // a sentence
  bool config_is_lost = false;  // `config` says nothing then
  std::optional<object::ObjectId> missed_head;  // the newest, in whose place `head` was taken
  std::uint64_t lost = 0;                       // files and folders of `head`
  std::vector<LostFile> lost_files;             // the first of them
};

// `corrupt` if the history cannot be completed: the message names the commit and path hurt and what
// is damaged at the remote. What was fetched stays in the store, but nothing names it. With
// `salvage` that is an error only where no commit can be had.
Result<FetchReport> fetch(remote::RemoteStore& remote, store::ObjectStore& store,
                          const FetchOptions& options);

}  // namespace vcs::sync
