// SPDX-License-Identifier: Apache-2.0
// A short queue of pieces of large files, which any lane may hash and store, and the buffers that
// they are read into.
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

// A piece, and where its chunks are to be entered.
struct Share {
  std::shared_ptr<SharedChunkList> list;
  std::size_t number = 0;  // of the piece
  Piece piece;
};

// Thread-safe. Nobody ever waits in it: whoever finds it full does the share himself, so there is
// nothing to dead-lock. Memory: `most` shares that wait, and two for each lane that it holds itself.
class ShareQueue {
 public:
  explicit ShareQueue(std::size_t most) : most_(most) {}

  // How many shares may wait where all file content in flight may take `memory_limit` bytes. None
  // where the lanes take that much by themselves.
  static std::size_t most_for(std::uint64_t memory_limit, std::uint64_t share_bytes,
                              const LaneLimits& lanes);

  // Moves the share into the queue. False: it is full, and the share is still the caller's.
  bool offer(Share& share);
  // The one that waits longest.
  std::optional<Share> take();
  bool empty() const;

  // A buffer that is free, or an empty one. Whoever is through with one gives it back: to have it
  // anew costs more than to read into it.
  base::Buffer spare_buffer();
  void give_back(base::Buffer buffer);

 private:
  const std::size_t most_;
  mutable base::Mutex mutex_;
  std::deque<Share> shares_ VCS_GUARDED_BY(mutex_);
  std::vector<base::Buffer> spare_buffers_ VCS_GUARDED_BY(mutex_);
};

}  // namespace vcs::snapshot
