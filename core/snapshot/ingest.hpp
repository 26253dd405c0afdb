// SPDX-License-Identifier: Apache-2.0
// The pipeline of a save: walk, open, read, cut and hash; compress and append new content.
//
// Every thread does the next work of any kind: a part of the walk, a batch of neighbouring files,
// or some chunks of a large file that another thread cuts. The schedule changes the places of bytes
// in a pack, never a result: results come in tree order, and ids and trees are the same on one
// thread and on many. Each stage waits for the next, so memory does not grow with the tree.
#pragma once

#include "core/base/thread_pool.hpp"
#include "core/snapshot/ingest_types.hpp"

namespace vcs::snapshot {

// Reads every candidate of the scan that has a stat (files, folders and symlinks). Gives all
// candidates to the sink, in tree order, one batch at a time, from any thread. Fails as a whole if
// the store or the sink fails, or on cancel.
Result<void> ingest(const IngestParts& parts, base::ThreadPool& pool);

}  // namespace vcs::snapshot
