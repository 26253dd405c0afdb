// SPDX-License-Identifier: Apache-2.0
// This machine's cache of one remote: the ids of the objects that the remote has, the packs that no
// index segment covers yet, and the refs. docs/format/remote_cache.md
//
// The remote's own listing is the truth: refresh() rebuilds a cache that is lost or damaged. The
// cache has only objects that the remote has confirmed. Nothing is flushed: if records are lost
// from its end, their objects are sent again, which costs only bytes.
//
// A push notes a pack before it sends the pack, and confirms it after. After a kill in between, the
// next push asks the remote for these few packs instead of listing all.
//
// Threads: knows(), note_sending() and confirm() from any; everything else from one push or refresh
// at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/base/filesystem.hpp"
#include "core/base/guarded.hpp"
#include "core/base/log.hpp"
#include "core/remote/layout/remote_pack.hpp"
#include "core/remote/remote_store.hpp"
#include "core/sync/known_ids.hpp"

namespace vcs::sync {

class RemoteCache {
 public:
  // Opens the cache in `directory` (the repository's remotes/<remote>/); it is empty if there is
  // none or it is damaged.
  static Result<std::unique_ptr<RemoteCache>> open(std::unique_ptr<base::Directory> directory,
                                                   const base::Log& log);

  bool knows(const object::ObjectId& id) const;

  // True until the first refresh: the cache is empty.
  bool needs_refresh() const { return repository_id().empty(); }
  // The repository id of the remote's configuration.
  std::string repository_id() const;
  // Rebuilds everything from the remote, which must have a configuration with this id.
  Result<void> refresh(remote::RemoteStore& remote, const std::string& repository_id,
                       const std::string& device, std::size_t threads);

  // The head ref of this device as last seen at the remote; nothing: none.
  std::optional<Bytes> head_bytes() const;
  std::optional<object::ObjectId> head() const;
  // True if a ref at the remote names the commit: then the remote has all objects that it needs.
  bool is_complete(const object::ObjectId& commit) const;
  // Empty bytes: there is no ref.
  Result<void> set_head(const Bytes& ref_bytes);

  Result<void> note_sending(const remote::layout::SegmentPack& pack);
  Result<void> confirm(const std::string& pack_id);
  // Asks the remote for the packs that were noted and never confirmed, and confirms or drops them.
  Result<void> resolve_unconfirmed(remote::RemoteStore& remote);

  // How many of the known packs the remote does not list any more, or lists with another length:
  // they were removed or changed. Nothing: the cache has no list of packs, as one of an older
  // version.
  Result<std::optional<std::size_t>> count_lost_packs(remote::RemoteStore& remote) const;

  // Confirmed packs that no index segment covers.
  std::vector<remote::layout::SegmentPack> loose_packs() const;
  // True when the loose packs should go into a segment: 64 packs, or 4 MiB of index.
  bool wants_segment() const;
  Result<void> segment_written();

 private:
  RemoteCache(std::unique_ptr<base::Directory> directory, const base::Log& log);

  Result<void> load() VCS_REQUIRES(mutex_);
  bool apply(std::uint8_t type, ByteView body) VCS_REQUIRES(mutex_);
  bool apply_confirmed(const std::string& pack_id) VCS_REQUIRES(mutex_);
  void clear() VCS_REQUIRES(mutex_);
  Result<void> append(std::uint8_t type, ByteView body) VCS_REQUIRES(mutex_);
  Result<void> rewrite() VCS_REQUIRES(mutex_);
  void add_sending(remote::layout::SegmentPack pack) VCS_REQUIRES(mutex_);
  void learn(const remote::layout::PackIndex& index) VCS_REQUIRES(mutex_);

  const std::unique_ptr<base::Directory> directory_;
  const base::Log log_;
  mutable base::Mutex mutex_;
  std::unique_ptr<base::File> journal_ VCS_GUARDED_BY(mutex_);
  std::uint64_t journal_end_ VCS_GUARDED_BY(mutex_) = 0;
  std::string repository_id_ VCS_GUARDED_BY(mutex_);
  KnownIds base_ VCS_GUARDED_BY(mutex_);  // ids known at the last rewrite
  std::unordered_set<object::ObjectId> recent_ VCS_GUARDED_BY(mutex_);  // ids learnt since
  std::optional<Bytes> head_bytes_ VCS_GUARDED_BY(mutex_);
  std::unordered_set<object::ObjectId> complete_ VCS_GUARDED_BY(mutex_);
  std::vector<remote::layout::SegmentPack> sending_ VCS_GUARDED_BY(mutex_);
  std::vector<remote::layout::SegmentPack> loose_ VCS_GUARDED_BY(mutex_);
  // All, with lengths.
  std::optional<std::unordered_map<std::string, std::uint64_t>> packs_ VCS_GUARDED_BY(mutex_);
};

}  // namespace vcs::sync
