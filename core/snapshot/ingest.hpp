// Reads files into the store: open, read, cut, hash, and for what is new compress and append.
//
// Files are taken in batches by several lanes; a large file is cut by one lane and its chunks are
// shared with all. Which lane did what changes where bytes lie in a pack, never a result: ids and
// trees are the same on one lane and on many.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/thread_pool.hpp"
#include "core/object/chunker.hpp"
#include "core/object/content.hpp"
#include "core/snapshot/tree_scanner.hpp"
#include "core/store/object_store.hpp"

namespace vcs::snapshot {

struct IngestOptions {
  int level = 1;  // of zstd
  std::size_t lanes = 1;
  std::uint64_t memory_limit = 64u << 20;  // bytes of file content in flight, all lanes together
  object::HashProvider hash_provider = object::HashProvider::libsodium;
  bool read_attributes = true;  // extended attributes
  // Files that a process has open for writing: true captures what is there and marks it unstable,
  // false leaves it for later.
  std::function<bool(const std::string& path)> capture_unstable;
  const std::atomic<bool>* cancel = nullptr;
};

// Counters that others may watch while the ingest runs.
struct IngestProgress {
  std::atomic<std::uint64_t> files_done{0}, bytes_done{0};
  std::atomic<std::uint64_t> files_total{0}, bytes_total{0};
};

// What became of one candidate that exists on disk.
struct Ingested {
  enum class State { captured, vanished, unstable, unreadable };
  State state = State::vanished;
  base::FileStat stat;  // as of the reading, not of the scan
  object::ContentRef content;
  std::string symlink_target;
  std::vector<base::ExtendedAttribute> attributes;
  bool unstable = false;  // captured although a writer was at it
  bool racy = false;      // its times are so young that a later change might not show
  base::Error error;      // of unreadable
};

// Reads every candidate that has a stat (files, folders and symlinks) and tells what became of it,
// in the order of the candidates; slots of candidates without a stat are untouched. Fails as a
// whole when the store fails or on cancel.
base::Result<std::vector<Ingested>> ingest(base::Directory& root,
                                           std::span<const Candidate> candidates,
                                           store::ObjectStore& store,
                                           const object::Chunker& chunker, const base::Clock& clock,
                                           const IngestOptions& options, IngestProgress& progress,
                                           base::ThreadPool& pool);

}  // namespace vcs::snapshot
