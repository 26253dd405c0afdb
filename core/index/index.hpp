// SPDX-License-Identifier: Apache-2.0
// The index: the last known stat data and content of each file, so that a save never reads an
// unchanged file again.
//
// It has a sorted immutable base file, mmap'd, and an append-only checksummed journal of changes
// on top. They are merged when the journal has grown. A save costs only as much as it changes. A
// lost index costs a rescan, never data. docs/format/index.md
//
// Threads: any number of threads may use lookups and cursors at once while no apply or merge runs
// (a save uses the index in turns: scan, then apply).
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
  // Opens or creates an index. Drops an index with a damaged base with a warning: was_reset() is
  // then true, and the caller must rescan everything. Cuts the journal behind its last whole
  // record.
  static Result<std::unique_ptr<Index>> open(std::unique_ptr<base::Directory> directory,
                                             const base::Log& log);
  virtual ~Index() = default;

  virtual bool was_reset() const = 0;
  // The commit of the last apply, which the index describes; zero for a new or a damaged index. If
  // it is not the head, entries of files that changed since have the wrong content, and the caller
  // must rescan without trust.
  virtual object::ObjectId tag() const = 0;

  virtual std::optional<IndexEntry> find(std::string_view path) const = 0;

  virtual std::unique_ptr<IndexCursor> cursor() const = 0;

  // Any number of changes, added in tree order. Lookups and cursors do not see them before
  // finish() and may be used until then. One update at a time.
  class Update {
   public:
    virtual ~Update() = default;  // without finish(), the index stays unchanged
    // Null: the path is removed; a path that is not there is no error.
    virtual Result<void> add(std::string_view path, const IndexEntry* entry) = 0;
    // Applies the changes; after a crash the index has all of them or none. It does not sync the
    // journal: the index may be older than the head, but it is never wrong, because `tag` must be a
    // durable commit by then.
    virtual Result<void> finish(const object::ObjectId& tag) = 0;
  };
  virtual std::unique_ptr<Update> update() = 0;
  // One update with sorted, distinct changes.
  Result<void> apply(const std::vector<IndexChange>& changes, const object::ObjectId& tag);
  // True if the journal is large compared with the base: merge() is due.
  virtual bool wants_merge() const = 0;
  virtual Result<void> merge() = 0;
  virtual Result<void> clear() = 0;
  virtual IndexStats stats() const = 0;
  // Gives the memory of pages that were read back; later lookups read them again.
  virtual void trim_memory() const = 0;
};

}  // namespace vcs::index
