// SPDX-License-Identifier: Apache-2.0
// A short queue of pieces of large files, which any lane may hash and store, and a pool of their
// buffers.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/guarded.hpp"
#include "core/snapshot/lane_governor.hpp"
#include "core/snapshot/large_file.hpp"
#include "core/snapshot/shared_chunk_list.hpp"

namespace vcs::snapshot {

// A piece, and the list that gets its chunks.
struct Share {
  std::shared_ptr<SharedChunkList> list;
  std::size_t number = 0;  // of the piece
  Piece piece;
};

// Thread-safe. No call waits: a lane that finds it full stores the share itself, so nothing can
// dead-lock. Memory: `most` waiting shares, and two that each lane holds itself.
class ShareQueue {
 public:
  explicit ShareQueue(std::size_t most) : most_(most) {}

  // How many shares may wait if all file content in flight may take `memory_limit` bytes. 0 if the
  // lanes themselves need that much.
  static std::size_t most_for(std::uint64_t memory_limit, std::uint64_t share_bytes,
                              const LaneLimits& lanes);

  // Moves the share into the queue. False: the queue is full, and the caller keeps the share.
  bool offer(Share& share);
  // The share that waits longest.
  std::optional<Share> take();
  bool empty() const;

  // A free buffer with memory, or an empty one. A lane gives each buffer back after use: to
  // allocate one costs more than to read into it.
  base::Buffer spare_buffer();
  void give_back(base::Buffer buffer);

 private:
  const std::size_t most_;
  mutable base::Mutex mutex_;
  std::deque<Share> shares_ VCS_GUARDED_BY(mutex_);
  std::vector<base::Buffer> spare_buffers_ VCS_GUARDED_BY(mutex_);
};

}  // namespace vcs::snapshot
