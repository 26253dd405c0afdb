// SPDX-License-Identifier: Apache-2.0
// The set of packs that a store has: the sealed ones, by number, and the open one.
//
// Thread-safe by two locks. A thread that changes the set takes the turn, and keeps it while it
// writes the files that belong to the change. In turn, a thread may read without the second lock
// what only a thread in turn changes. Readers never wait for input or output: threads hold the
// second lock for moments only.
#pragma once

#include <atomic>
#include <map>
#include <set>
#include <span>

#include "core/base/guarded.hpp"
#include "core/pack/id_filter.hpp"
#include "core/pack/pack_writer.hpp"
#include "core/pack/sealed_pack.hpp"
#include "core/store/store_types.hpp"

namespace vcs::store {

class PackSet {
 public:
  PackSet(std::vector<pack::SealedPackPtr> sealed, std::unique_ptr<pack::PackWriter> open,
          std::uint32_t next_number);

  // --- Readers ---

  // The newest copy of an object after `skip` newer ones: a damaged copy must not hide an older
  // one.
  std::optional<pack::Location> find(const object::ObjectId& id, std::size_t skip = 0) const {
    return locate(id, skip, false);
  }
  // All copies in sealed packs outside `without`.
  std::vector<pack::Location> find_outside(const object::ObjectId& id,
                                           std::span<const pack::SealedPackPtr> without) const;
  // Like find(), for callers to whom a false 'not stored' is harmless: asks the filters before the
  // indexes. For a new object it reads no index of a pack that was sealed since forget_filters().
  std::optional<pack::Location> find_filtered(const object::ObjectId& id) const;
  void forget_filters();
  // Records of ids that start with `prefix`, some of them twice.
  std::vector<pack::IndexRecord> find_prefix(const pack::IdPrefix& prefix) const;
  std::vector<pack::SealedPackPtr> sealed() const;
  pack::SealedPackPtr sealed(std::uint32_t number) const;  // null: there is none
  // All packs at one moment: the sealed ones, and the records of the open one.
  std::pair<std::vector<pack::SealedPackPtr>, std::vector<pack::IndexRecord>> everything() const;
  std::vector<std::uint32_t> numbers() const;
  std::vector<pack::SealedPackPtr> without_index() const;
  StoreStats stats() const;
  // True if another pack has replaced it and has its objects.
  bool was_replaced(std::uint32_t number) const;
  // Calls `look` with the open pack, or null.
  template <typename Look>
  auto look_at_open(Look&& look) const {
    const base::ReadLock lock(mutex_);
    return look(static_cast<const pack::PackWriter*>(open_.get()));
  }

  // Gives the memory of the indexes back. The second form does so only if many ids were looked up
  // since its last call.
  void trim_indexes() const;
  void trim_after_many_look_ups() const;

  // --- For the thread that has the turn ---

  base::Mutex& turn() VCS_RETURNS_LOCK(turn_) { return turn_; }
  // The number for a new pack. No number is given twice.
  Result<std::uint32_t> take_number() VCS_REQUIRES(turn_);
  // Without the readers' lock: they only read, and nobody else changes which it is.
  pack::PackWriter* open() VCS_REQUIRES(turn_) VCS_NO_THREAD_CHECK { return open_.get(); }
  void start(std::unique_ptr<pack::PackWriter> pack) VCS_REQUIRES(turn_);
  // Calls `change` with the open pack, which must exist, while no reader uses it.
  template <typename Change>
  void change_open(Change&& change) VCS_REQUIRES(turn_) {
    const base::WriteLock lock(mutex_);
    change(*open_);
  }
  // Makes the open pack a sealed one up to its last durable point; without such a point, drops it.
  void end_open() VCS_REQUIRES(turn_);
  bool has(const pack::SealedPackPtr& pack) const VCS_REQUIRES(turn_);
  // Replaces `pack` by `anew`, the same pack with another index.
  void renew(const pack::SealedPackPtr& pack, pack::SealedPackPtr anew) VCS_REQUIRES(turn_);
  // Replaces packs by `merged`, which has the objects to keep; null: there are none. `busy`: one of
  // `replaced` is not in the set any more.
  Result<void> replace(std::span<const pack::SealedPackPtr> replaced, pack::SealedPackPtr merged)
      VCS_REQUIRES(turn_);

 private:
  void insert(pack::SealedPackPtr pack) VCS_REQUIRES(turn_, mutex_);
  std::optional<pack::Location> locate(const object::ObjectId& id, std::size_t skip,
                                       bool filtered) const;
  // Null: it has none.
  const pack::IdFilter* filter_of(const pack::SealedPack& pack) const VCS_REQUIRES_SHARED(mutex_);

  base::Mutex turn_;
  std::uint32_t next_number_ VCS_GUARDED_BY(turn_);

  mutable base::SharedMutex mutex_;
  std::vector<pack::SealedPackPtr> sealed_ VCS_GUARDED_BY(mutex_);  // by number
  // None: the next append makes one.
  std::unique_ptr<pack::PackWriter> open_ VCS_GUARDED_BY(mutex_);
  std::set<std::uint32_t> replaced_ VCS_GUARDED_BY(mutex_);  // since the store was opened
  std::map<std::uint32_t, pack::IdFilter> filters_ VCS_GUARDED_BY(mutex_);
  mutable std::atomic<std::uint64_t> looked_up_{0}, mistakes_{0};  // mistakes of filters
};

}  // namespace vcs::store
