// SPDX-License-Identifier: Apache-2.0
// Gathers frames into packs and puts them, several at once.
//
// Used by one thread. One pack is being filled and one is held for each upload under way; there are
// as many of them as fit into the memory given, but at least one.
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
  std::uint64_t packs = 0, objects = 0, bytes = 0;  // that arrived
  std::uint64_t bytes_expected = 0;                 // about so many in all; 0: not known
  std::uint64_t bytes_there = 0;                    // of those, that need not be sent
};

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
  // For progress alone: so many bytes are to come, or turned out to be there.
  void expect(std::uint64_t bytes);
  void skip(std::uint64_t bytes);
  // Puts what is gathered and waits until all has arrived and is known to the cache.
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
  std::unique_ptr<base::ThreadPool> pool_;  // last: its threads use what is above
};

}  // namespace vcs::sync
