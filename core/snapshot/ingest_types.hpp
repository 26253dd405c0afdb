// SPDX-License-Identifier: Apache-2.0
// What is asked of an ingest, how far it is, and what becomes of one entry: the words that its
// parts share.
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
  // Files that a process has open for writing: true captures what is there and marks it unstable,
  // false leaves it for later, unread.
  std::function<bool(const std::string& path)> capture_unstable;
  // Candidates that need no reading, because somebody knows already what they are.
  std::function<bool(const worktree::Candidate&)> known;
  // The same scan once more, to count what there is to do when the work takes long.
  std::function<Result<std::unique_ptr<worktree::TreeScan>>()> survey;
  const std::atomic<bool>* cancel = nullptr;
};

// Counters that others may watch while the ingest runs. Totals are 0 until they are known.
struct IngestProgress {
  std::atomic<std::uint64_t> files_done{0}, bytes_done{0};
  std::atomic<std::uint64_t> files_total{0}, bytes_total{0};
  // What was chosen: threads at work, those of them that may read at once, and files that one takes
  // at a time.
  std::atomic<std::uint32_t> lanes{0}, readers{0}, batch_files{0};
  // What the work consists of, as far as it is known: large files are shared by all threads.
  std::atomic<std::uint64_t> small_cost{0}, large_cost{0};
};

// In costs a file counts as much as the reading of so many bytes.
constexpr std::uint64_t kFileCost = 16 * 1024;

// What became of one candidate that exists on disk.
struct Ingested {
  enum class State { captured, vanished, unstable, unreadable };
  State state = State::vanished;
  base::FileStat stat;  // as of the reading, not of the scan
  object::ContentRef content;
  std::string symlink_target;
  std::vector<base::ExtendedAttribute> attributes;  // those that could be read
  // Why others could not, which does not mean that there are none.
  std::optional<Error> no_attributes;
  std::vector<std::string> unread_attributes;  // their names; none: not even those are known
  bool unstable = false;                       // captured although a writer was at it
  bool held_open = false;      // not read, because a process has it open for writing
  bool racy = false;           // its times are so young that a later change might not show
  std::optional<Error> error;  // of unreadable
};

// Neighbours in the tree, with what became of each; slots of candidates without a stat are
// untouched.
struct IngestedBatch {
  std::vector<worktree::Candidate> candidates;
  std::vector<Ingested> results;
};
using IngestSink = std::function<Result<void>(IngestedBatch&)>;

// What an ingest works on, and with.
struct IngestParts {
  base::Directory& root;
  worktree::TreeScan& scan;  // tells what is to be read
  store::ObjectStore& store;
  const object::Chunker& chunker;
  const base::Clock& clock;
  IngestOptions options;
  IngestProgress& progress;
  IngestSink sink;
};

}  // namespace vcs::snapshot
