// SPDX-License-Identifier: Apache-2.0
// Which packs a store has: the sealed ones, by number, and the open one.
//
// Thread-safe by two locks. Whoever changes the set takes its turn, and keeps it while it writes
// the files that go with the change; what only the one in turn changes it may look at without more.
// Readers wait for nobody's files: the other lock is held for moments, never during input or
// output.
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

  // The `skip`-th copy of an object, from the newest; a damaged one must not hide an older.
  std::optional<pack::Location> find(const object::ObjectId& id, std::size_t skip = 0) const {
    return locate(id, skip, false);
  }
  // All copies in sealed packs that are none of `without`.
  std::vector<pack::Location> find_outside(const object::ObjectId& id,
                                           std::span<const pack::SealedPackPtr> without) const;
  // The newest copy, for a question to which a wrong no would do no harm. What is new is found to
  // be new without a look at indexes of packs that ended since the filters were forgotten.
  std::optional<pack::Location> find_filtered(const object::ObjectId& id) const;
  void forget_filters();
  // Records of ids that start with `prefix`, some of them twice.
  std::vector<pack::IndexRecord> find_prefix(const pack::IdPrefix& prefix) const;
  std::vector<pack::SealedPackPtr> sealed() const;
  pack::SealedPackPtr sealed(std::uint32_t number) const;  // null: there is none
  // All packs of one moment: the sealed ones, and the records of the open one.
  std::pair<std::vector<pack::SealedPackPtr>, std::vector<pack::IndexRecord>> everything() const;
  std::vector<std::uint32_t> numbers() const;
  std::vector<pack::SealedPackPtr> without_index() const;
  StoreStats stats() const;
  // What lay in it is found in another pack.
  bool was_replaced(std::uint32_t number) const;
  // Calls `look` with the open pack, or null.
  template <typename Look>
  auto look_at_open(Look&& look) const {
    const base::ReadLock lock(mutex_);
    return look(static_cast<const pack::PackWriter*>(open_.get()));
  }

  // Gives back the memory of the indexes, in the second form only if many ids were looked up since
  // the last time.
  void trim_indexes() const;
  void trim_after_many_look_ups() const;

  // --- Whoever has its turn ---

  base::Mutex& turn() VCS_RETURNS_LOCK(turn_) { return turn_; }
  // For a new pack; never given twice.
  Result<std::uint32_t> take_number() VCS_REQUIRES(turn_);
  // Without the readers' lock: they only read, and nobody else changes which it is.
  pack::PackWriter* open() VCS_REQUIRES(turn_) VCS_NO_THREAD_CHECK { return open_.get(); }
  void start(std::unique_ptr<pack::PackWriter> pack) VCS_REQUIRES(turn_);
  // Calls `change` with the open pack, which must be there, while no reader looks at it.
  template <typename Change>
  void change_open(Change&& change) VCS_REQUIRES(turn_) {
    const base::WriteLock lock(mutex_);
    change(*open_);
  }
  // The open pack becomes a sealed one up to its last durable point; without one, nothing.
  void end_open() VCS_REQUIRES(turn_);
  bool has(const pack::SealedPackPtr& pack) const VCS_REQUIRES(turn_);
  // `anew` is the same pack with another index.
  void renew(const pack::SealedPackPtr& pack, pack::SealedPackPtr anew) VCS_REQUIRES(turn_);
  // `merged`, unless null, holds what is to be kept of `replaced`. `busy`: one of these is gone.
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
  std::set<std::uint32_t> replaced_ VCS_GUARDED_BY(mutex_);  // since the opening
  std::map<std::uint32_t, pack::IdFilter> filters_ VCS_GUARDED_BY(mutex_);
  mutable std::atomic<std::uint64_t> looked_up_{0}, mistakes_{0};  // the latter of filters
};

}  // namespace vcs::store
