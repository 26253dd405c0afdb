// SPDX-License-Identifier: Apache-2.0
// Idle work on a store: merges packs that were never compacted, or that are many and small, into
// packs of solid frames, compressed at a higher level. docs/decisions/idle-compaction.md
//
// The caller decides when, and may pause between any two steps for as long as it likes: readers and
// writers of the store go on meanwhile. A crash leaves the old packs, or the new one, or both.
//
// Not thread-safe: one thread at a time calls it. The store must outlive it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/base/log.hpp"
#include "core/object/hasher.hpp"
#include "core/pack/sealed_pack.hpp"
#include "core/store/compaction_policy.hpp"
#include "core/store/object_store.hpp"

namespace vcs::store {

class PackMerger;

struct CompactionTotals {
  std::uint64_t runs = 0;  // exchanges of some packs for one
  std::uint64_t packs_before = 0, packs_after = 0;
  std::uint64_t bytes_before = 0, bytes_after = 0;
  std::vector<std::string> damage;  // whole sentences: damage for which packs were left alone
};

struct CompactionOptions {
  CompactionPolicy policy;
  object::HashProvider hash_provider = object::HashProvider::libsodium;
};

class PackCompactor {
 public:
  PackCompactor(ObjectStore& store, const CompactionOptions& options, const base::Log& log);
  ~PackCompactor();

  // True if step() has something to do. Reads a few bytes of each pack's index.
  bool has_work() const;
  // Works a few hundredths of a second. False: there was nothing to do. After an error it gives the
  // running merge up; the next step starts a new one.
  Result<bool> step();
  // Gives the running merge up and frees its memory.
  void abandon();

  const CompactionTotals& totals() const { return totals_; }
  // The totals since the last call.
  CompactionTotals take_totals() { return std::exchange(totals_, {}); }
  // Bytes that were read so far, and all bytes, including the packs that wait.
  struct Progress {
    std::uint64_t bytes_done = 0, bytes_total = 0;
  };
  Progress progress() const;

 private:
  std::vector<pack::SealedPackPtr> packs() const;
  std::vector<pack::SealedPackPtr> choose() const;
  Result<void> advance();
  Result<void> finish();
  bool is_in_vain() const;
  Result<void> leave_as_they_are();
  void leave_alone(const Error& why);

  ObjectStore& store_;
  const CompactionOptions options_;
  const base::Log log_;
  std::unique_ptr<PackMerger> merger_;
  std::set<std::uint32_t> left_alone_;  // damaged, or their level could not be noted
  CompactionTotals totals_;
  std::uint64_t bytes_done_ = 0;  // length of the packs that are done
};

}  // namespace vcs::store
