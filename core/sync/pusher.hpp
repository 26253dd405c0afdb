// SPDX-License-Identifier: Apache-2.0
// Makes a remote have a commit and all it needs, then says so in this device's ref.
//
// Order: packs, then index, then ref. So a ref never names what is not there, and a push that is
// cut off at any point leaves a remote that is right; the next one sends what is still missing.
// Several devices may push to one remote at once: packs have names of their own, refs are one a
// device. docs/format/remote.md
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
  // For packs that are filled or under way; fewer uploads run at once if it does not do for all.
  std::uint64_t memory = 32u << 20;  // bytes
  int compression_level = 3;
  // Look whether the remote still has its configuration and the packs that are remembered. A
  // configuration that is damaged or lost is written anew where it is certain whose remote it is;
  // what was in lost packs is sent again.
  bool check_remote = false;
  // What is lost here, and given up by a person, is left out; else a history that has a hole is
  // sent up to it only, and the push fails.
  bool without_lost = false;
  bool audit = false;  // ask the remote what it has instead of trusting what is remembered
  // What the remote is told about this device, with each look at its configuration.
  std::optional<remote::layout::RemoteDevice> about{};
  std::function<void(const UploadTotals&)> progress;  // now and then, from any thread
  const std::atomic<bool>* cancel = nullptr;
  base::Log log;
};

struct PushReport {
  UploadTotals sent;
  bool ref_moved = false;  // false: the remote had this head already
  // This device's ref there names a commit that is not in our history: another copy of it uses the
  // same id, or the history here is an older one. The ref was left as it is; everything else is
  // there, and a push under another id names it.
  std::optional<object::ObjectId> taken_by;
  // Sentences on local packs that could not be read in full. Nothing damaged is ever sent; if the
  // commit needed it, the push has failed.
  std::vector<std::string> local_damage;
  // Objects that the commit, or one before it, needs, and that are neither here nor there.
  std::set<object::ObjectId> left_out;
};

// Errors besides those of the remote and the store: `invalid` for a remote of another repository,
// `corrupt` or `not_found` when an object that the commit needs cannot be read here.
Result<PushReport> push(store::ObjectStore& store, const object::ObjectId& head,
                        remote::RemoteStore& remote, RemoteCache& cache,
                        const PushOptions& options);

}  // namespace vcs::sync
