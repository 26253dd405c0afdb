// SPDX-License-Identifier: Apache-2.0
// Proves that the store can read its objects: checks frames, checksums, ids (with read_data), and
// that every commit's tree is complete.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "core/store/object_store.hpp"

namespace vcs::history {

struct VerifyProgress {
  std::uint64_t bytes_done = 0, bytes_total = 0;
};

// An object that the history needs and that cannot be read, with one of the paths that need it.
struct DamagedObject {
  object::ObjectId object;
  object::ObjectKind kind = object::ObjectKind::blob;
  std::string why;
  std::string path;                 // "" for a commit; for a tree node the first path below it
  object::ObjectId newest, oldest;  // of the damaged commits
  std::uint64_t commits = 0;        // their number
};

struct VerifyResult {
  std::uint64_t objects = 0, packs = 0, bytes = 0;  // bytes: of pack data checked
  std::vector<std::string> errors;                  // whole sentences; empty is healthy
  std::vector<DamagedObject> damaged;               // by path, at most VerifyOptions::most_damaged
  std::uint64_t damaged_count = 0;                  // all of them
  std::vector<object::ObjectId> lost;               // the objects of all of them, each once
};

struct VerifyOptions {
  bool read_data =
      false;  // decompress and hash every object; else headers, checksums and references
  // Reads no packs: an object counts as damaged if an earlier attempt to read it failed.
  bool references_only = false;
  std::size_t most_damaged = 100'000;
  std::size_t threads = 1;
  const std::atomic<bool>* cancel = nullptr;
  std::function<void(const VerifyProgress&)> progress;  // from any thread, a few times a second
};

// `heads` are the commits whose history and trees must be complete. Errors name the pack and
// offset, and for missing or damaged objects the damaged commits and paths (at most a few each;
// `damaged` has all). Afterwards the store knows which of its objects are damaged: it lacks() them.
Result<VerifyResult> verify(store::ObjectStore& store, std::span<const object::ObjectId> heads,
                            const VerifyOptions& options);

}  // namespace vcs::history
