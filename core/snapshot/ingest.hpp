// SPDX-License-Identifier: Apache-2.0
// The pipeline of a snapshot: walk, open, read, cut, hash, and for what is new compress and append.
//
// Every thread does whatever is next: a part of the walk, a batch of neighbouring files, or some
// chunks of a large file that another thread is cutting. Which thread did what changes where bytes
// lie in a pack, never a result: results come in tree order, and ids and trees are the same on one
// thread and on many. Each stage waits for the next, so memory does not grow with the tree.
#pragma once

#include <functional>
#include <vector>

#include "core/base/thread_pool.hpp"
#include "core/object/chunker.hpp"
#include "core/snapshot/ingest_types.hpp"
#include "core/store/object_store.hpp"

namespace vcs::snapshot {

// Neighbours in the tree, with what became of each; slots of candidates without a stat are
// untouched.
struct IngestedBatch {
  std::vector<worktree::Candidate> candidates;
  std::vector<Ingested> results;
};
using IngestSink = std::function<base::Result<void>(IngestedBatch&)>;

// Reads every candidate of the scan that has a stat (files, folders and symlinks) and gives all of
// them to `sink`, in tree order, one batch at a time, from any thread. Fails as a whole when the
// store or the sink fails, or on cancel.
base::Result<void> ingest(base::Directory& root, worktree::TreeScan& scan,
                          store::ObjectStore& store, const object::Chunker& chunker,
                          const base::Clock& clock, const IngestOptions& options,
                          IngestProgress& progress, base::ThreadPool& pool, const IngestSink& sink);

}  // namespace vcs::snapshot
