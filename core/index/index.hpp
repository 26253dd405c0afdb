// SPDX-License-Identifier: Apache-2.0
// The index: what was last seen of each file, so that an unchanged file is never read again.
//
// A sorted immutable base file, mmap'd, and an append-only checksummed journal of changes on top,
// merged when the journal has grown. One save costs what changed. Losing it costs a rescan, never
// data. docs/format/index.md
//
// Threads: lookups and cursors from any number of threads at once as long as no apply/merge runs
// (the snapshot owns the index in turns: scan, then apply).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/filesystem.hpp"
#include "core/base/log.hpp"
#include "core/index/index_entry.hpp"

namespace vcs::index {

struct IndexStats {
  std::uint64_t entries = 0, base_bytes = 0, journal_bytes = 0;
};

class Index {
 public:
  // Opens or creates. A damaged base or journal is dropped with a warning: `was_reset()` says that
  // everything must be rescanned. A torn journal tail is cut. `tag` (the commit that the index
  // describes) is stored with each apply.
  static Result<std::unique_ptr<Index>> open(std::unique_ptr<base::Directory> directory,
                                             const base::Log& log);
  virtual ~Index() = default;

  virtual bool was_reset() const = 0;
  // The commit that the last apply named; zero for a new index. If it is not the head, entries for
  // what changed since are wrong only in content, and the caller must rescan without trust.
  virtual object::ObjectId tag() const = 0;

  virtual std::optional<IndexEntry> find(std::string_view path) const = 0;

  virtual std::unique_ptr<IndexCursor> cursor() const = 0;

  // Any number of changes, given in tree order. Nothing of them is seen before finish(): lookups
  // and cursors go on beside it until then. One update at a time.
  class Update {
   public:
    virtual ~Update() = default;  // without finish(): nothing has happened
    // Null: the path is removed; that it is absent already is no error.
    virtual Result<void> add(std::string_view path, const IndexEntry* entry) = 0;
    // All or nothing after a crash. Not synced: the index may lag, never lie, because `tag` must
    // be a durable commit by then.
    virtual Result<void> finish(const object::ObjectId& tag) = 0;
  };
  virtual std::unique_ptr<Update> update() = 0;
  // A whole update of sorted, distinct changes.
  Result<void> apply(const std::vector<IndexChange>& changes, const object::ObjectId& tag);
  // Journal large against the base: merge() is due.
  virtual bool wants_merge() const = 0;
  virtual Result<void> merge() = 0;
  virtual Result<void> clear() = 0;
  virtual IndexStats stats() const = 0;
  // Gives back the memory of what was read; what is needed again is read again.
  virtual void trim_memory() const = 0;
};

}  // namespace vcs::index
