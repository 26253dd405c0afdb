// Proves that what the store says it has can be read: frames, checksums, ids (with read_data), and
// that every commit's tree is complete.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "core/store/object_store.hpp"

namespace vcs::store {

struct VerifyProgress {
  std::uint64_t bytes_done = 0, bytes_total = 0;
};

struct VerifyResult {
  std::uint64_t objects = 0, packs = 0, bytes = 0;  // bytes: of pack data looked at
  std::vector<std::string> errors;                  // whole sentences; empty is healthy
};

struct VerifyOptions {
  bool read_data =
      false;  // decompress and hash every object; else headers, checksums and references
  std::size_t threads = 1;
  const std::atomic<bool>* cancel = nullptr;
  std::function<void(const VerifyProgress&)> progress;  // from any thread, a few times a second
};

// `heads` are the commits whose history and trees must be complete. Errors name the pack and
// offset, and for missing or damaged objects the commits and paths hurt (at most a few each).
base::Result<VerifyResult> verify(ObjectStore& store, std::span<const object::ObjectId> heads,
                                  const VerifyOptions& options);

}  // namespace vcs::store
