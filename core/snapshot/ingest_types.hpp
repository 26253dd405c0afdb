// SPDX-License-Identifier: Apache-2.0
// Types that the parts of an ingest share: its options, its progress and the result of one entry.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/filesystem.hpp"
#include "core/object/chunker.hpp"
#include "core/object/content.hpp"
#include "core/object/hasher.hpp"
#include "core/snapshot/lane_governor.hpp"
#include "core/worktree/scan_types.hpp"

namespace vcs::store {
class ObjectStore;
}
namespace vcs::worktree {
class TreeScan;
}

namespace vcs::snapshot {

struct IngestOptions {
  int level = 1;  // of zstd
  LaneLimits lanes;
  std::uint64_t memory_limit = 64u << 20;  // bytes of file content in flight, all lanes together
  object::HashProvider hash_provider = object::HashProvider::libsodium;
  bool read_attributes = true;  // extended attributes
  // Asked for each file that a process is writing. True: capture it as it is and mark it unstable.
  // False: leave it for later.
  std::function<bool(const std::string& path)> capture_unstable;
  // True for candidates that need no reading, because the caller knows their state already.
  std::function<bool(const worktree::Candidate&)> known;
  // Starts the same scan once more, to count the work if it takes long.
  std::function<Result<std::unique_ptr<worktree::TreeScan>>()> survey;
  const std::atomic<bool>* cancel = nullptr;
};

// Counters that any thread may read while the ingest runs. Totals are 0 until they are known.
struct IngestProgress {
  std::atomic<std::uint64_t> files_done{0}, bytes_done{0};
  std::atomic<std::uint64_t> files_total{0}, bytes_total{0};
  // The governor's choice: threads at work, how many of them may read at once, and how many files
  // one takes at a time.
  std::atomic<std::uint32_t> lanes{0}, readers{0}, batch_files{0};
  // The cost of the small and of the large files found so far: all threads share large files.
  std::atomic<std::uint64_t> small_cost{0}, large_cost{0};
};

// The cost of one file, in bytes of reading.
constexpr std::uint64_t kFileCost = 16 * 1024;

// The result of reading one candidate that exists on disk.
struct Ingested {
  enum class State { captured, vanished, unstable, unreadable };
  State state = State::vanished;
  base::FileStat stat;  // as of the reading, not of the scan
  object::ContentRef content;
  std::string symlink_target;
  std::vector<base::ExtendedAttribute> attributes;  // those that could be read
  // Why others could not be read. Without an error, there are no others.
  std::optional<Error> no_attributes;
  std::vector<std::string> unread_attributes;  // names of the others; none: their names are unknown
  bool unstable = false;                       // a process wrote the file while it was read
  bool held_open = false;      // not read, because a process has it open for writing
  bool racy = false;           // its times are so young that a later change might not change them
  std::optional<Error> error;  // of unreadable
};

// Neighbouring candidates of the tree with their results; results of candidates without a stat stay
// untouched.
struct IngestedBatch {
  std::vector<worktree::Candidate> candidates;
  std::vector<Ingested> results;
};
using IngestSink = std::function<Result<void>(IngestedBatch&)>;

// The input, tools and outputs of an ingest.
struct IngestParts {
  base::Directory& root;
  worktree::TreeScan& scan;  // finds the candidates to read
  store::ObjectStore& store;
  const object::Chunker& chunker;
  const base::Clock& clock;
  IngestOptions options;
  IngestProgress& progress;
  IngestSink sink;
};

}  // namespace vcs::snapshot
