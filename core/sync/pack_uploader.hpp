// SPDX-License-Identifier: Apache-2.0
// Collects frames into packs and uploads them, several at once.
//
// Used by one thread. It holds one pack that it fills, and one for each upload under way. As many
// uploads run as fit into the given memory, but at least one.
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "core/base/guarded.hpp"
#include "core/base/thread_pool.hpp"
#include "core/object/object_id.hpp"
#include "core/remote/layout/remote_pack.hpp"
#include "core/remote/remote_store.hpp"
#include "core/sync/remote_cache.hpp"

namespace vcs::sync {

struct UploadTotals {
  std::uint64_t packs = 0, objects = 0, bytes = 0;  // arrived at the remote
  std::uint64_t bytes_expected = 0;                 // estimate of all bytes; 0: unknown
  std::uint64_t bytes_there = 0;                    // of the expected: already at the remote
};

// Uploads packs, several at once.
class PackUploader {
 public:
  // `threads` 0: everything in the calling thread. `memory`: bytes of packs held. `progress` is
  // called after each pack, from any thread, one call at a time.
  PackUploader(remote::RemoteStore& remote, RemoteCache& cache, std::uint64_t pack_bytes,
               std::size_t threads, std::uint64_t memory,
               std::function<void(const UploadTotals&)> progress);
  ~PackUploader();  // waits for uploads under way

  // Fails with the first error of any upload so far. May wait for an upload to end.
  Result<void> add(object::ObjectKind kind, std::span<const object::ObjectId> ids, ByteView frame);
  // For progress only: adds bytes that are to come, or that the remote has already.
  void expect(std::uint64_t bytes);
  void skip(std::uint64_t bytes);
  // Uploads the last pack, and waits until all packs have arrived and the cache has confirmed them.
  Result<void> flush();
  UploadTotals totals() const;

 private:
  Result<void> send();
  Result<void> upload(const Bytes& pack, remote::layout::PackIndex index);
  Result<void> put(const std::string& name, const Bytes& pack);
  Result<void> error() const;

  remote::RemoteStore& remote_;
  RemoteCache& cache_;
  const std::uint64_t pack_bytes_;
  const std::size_t most_under_way_;
  const std::function<void(const UploadTotals&)> progress_;
  remote::layout::PackBuilder builder_;
  std::vector<remote::layout::RemoteObjectId> ids_;

  mutable base::Mutex mutex_;
  base::Condition ended_;
  std::size_t under_way_ VCS_GUARDED_BY(mutex_) = 0;
  Result<void> result_ VCS_GUARDED_BY(mutex_);
  UploadTotals totals_ VCS_GUARDED_BY(mutex_);
  std::unique_ptr<base::ThreadPool> pool_;  // last: its threads use the members above
};

}  // namespace vcs::sync
