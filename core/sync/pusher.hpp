// SPDX-License-Identifier: Apache-2.0
// Sends a remote a commit and all objects that it needs, then moves this device's ref to it.
//
// Order: packs, then index, then ref. So a ref never names missing objects, and a push that is cut
// off at any point leaves a consistent remote; the next push sends the missing objects. Several
// devices may push to one remote at once: each pack has its own name, and each device its own refs.
// docs/format/remote.md
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <set>
#include <string>

#include "core/base/log.hpp"
#include "core/remote/layout/remote_layout.hpp"
#include "core/remote/remote_store.hpp"
#include "core/store/object_store.hpp"
#include "core/sync/pack_uploader.hpp"
#include "core/sync/remote_cache.hpp"

namespace vcs::sync {

struct PushOptions {
  std::string device;  // 16 hexadecimal digits
  remote::layout::RemoteConfig
      config;               // written to an empty remote; the repository id must be this one's
  std::size_t threads = 2;  // uploads at once; 0: in the calling thread
  std::uint64_t pack_bytes = remote::layout::kLargestPack;
  // For packs that are filled or under way; fewer uploads run at once if it is not enough for all.
  std::uint64_t memory = 32u << 20;  // bytes
  int compression_level = 3;
  // Checks that the remote still has its configuration and the remembered packs. Writes a damaged
  // or lost configuration anew if the remote certainly belongs to this repository. Sends the
  // objects of lost packs again.
  bool check_remote = false;
  // Leaves out objects that are lost here and that a person has given up. Without it, the push of a
  // history with a hole sends only a part of it and fails.
  bool without_lost = false;
  bool audit = false;  // ask the remote which objects it has instead of trusting the cache
  // The description of this device for the remote; sent with each read of the configuration.
  std::optional<remote::layout::RemoteDevice> about{};
  std::function<void(const UploadTotals&)> progress;  // now and then, from any thread
  const std::atomic<bool>* cancel = nullptr;
  base::Log log;
};

struct PushReport {
  UploadTotals sent;
  bool ref_moved = false;  // false: the remote had this head already
  // This device's ref there names a commit that is not in our history: another copy of the history
  // uses the same id, or the history here is an older one. The push has left the ref as it is. All
  // objects are there, and a push under another id names them.
  std::optional<object::ObjectId> taken_by;
  // Sentences on local packs that could not be read in full. A push never sends damaged objects; it
  // fails if the commit needs one.
  std::vector<std::string> local_damage;
  // Objects that the commit or one of its ancestors needs, and that are neither here nor there.
  std::set<object::ObjectId> left_out;
};

// Errors besides those of the remote and the store: `invalid` for a remote of another repository,
// `corrupt` or `not_found` if an object that the commit needs cannot be read here.
Result<PushReport> push(store::ObjectStore& store, const object::ObjectId& head,
                        remote::RemoteStore& remote, RemoteCache& cache,
                        const PushOptions& options);

}  // namespace vcs::sync
