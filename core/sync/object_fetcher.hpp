// SPDX-License-Identifier: Apache-2.0
// Fetches single objects that a store lacks from a remote: for a repair.
#pragma once

#include <atomic>
#include <functional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/guarded.hpp"
#include "core/remote/remote_store.hpp"
#include "core/store/object_store.hpp"

namespace vcs::sync {

struct ObjectFetchOptions {
  std::size_t threads = 2;  // downloads at once
  const std::atomic<bool>* cancel = nullptr;
  std::function<void(std::uint64_t bytes)> progress{};  // bytes fetched so far; from any thread
};

// Not thread-safe. Memory: about 100 bytes for each object that the remote has and the store lacks.
class ObjectFetcher {
 public:
  ObjectFetcher(remote::RemoteStore& remote, store::ObjectStore& store,
                const ObjectFetchOptions& options)
      : remote_(remote), store_(store), options_(options) {}

  // Reads which objects the remote has. Call it first. It leaves out objects that the store has
  // now, even if the store loses them later.
  Result<void> read_catalog();
  bool has(const object::ObjectId& id) const { return places_.contains(id); }
  // All commits that the remote has and that the store lacked then. Only a commit names its parent,
  // so it is best to fetch all of them together.
  std::span<const object::ObjectId> commits() const { return commits_; }

  // Stores the objects of `wanted` that the remote has and the store lacks, durably, and checks
  // each hash. Returns their number. Leaves out damaged objects; damage() reports them.
  Result<std::uint64_t> fetch(std::span<const object::ObjectId> wanted);
  // Not while fetch() runs, so without its lock.
  const std::vector<std::string>& damage() const VCS_NO_THREAD_CHECK { return damage_; }

 private:
  struct Place {
    std::uint32_t pack = 0, offset = 0, length = 0;  // of the frame
    auto operator<=>(const Place&) const = default;
  };
  struct Run;
  class Lane;

  std::vector<Run> plan(std::span<const object::ObjectId> wanted) const;

  remote::RemoteStore& remote_;
  store::ObjectStore& store_;
  const ObjectFetchOptions options_;
  std::vector<std::string> packs_;  // their names at the remote
  std::unordered_multimap<object::ObjectId, Place> places_;
  std::vector<object::ObjectId> commits_;
  base::Mutex mutex_;  // of lanes
  std::vector<std::string> damage_ VCS_GUARDED_BY(mutex_);
  std::uint64_t bytes_ VCS_GUARDED_BY(mutex_) = 0;
};

}  // namespace vcs::sync
