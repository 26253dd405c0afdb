// SPDX-License-Identifier: Apache-2.0
// A short queue of pieces of large files, and a pool of their buffers.
#include "core/snapshot/share_queue.hpp"

#include <algorithm>

namespace vcs::snapshot {

std::size_t ShareQueue::most_for(std::uint64_t memory_limit, std::uint64_t share_bytes,
                                 const LaneLimits& lanes) {
  const std::uint64_t affordable = memory_limit / share_bytes;
  const std::uint64_t held_by_lanes = 2 * std::max(lanes.most, lanes.start);
  if (affordable <= held_by_lanes) return 0;
  return std::min<std::uint64_t>(affordable - held_by_lanes, 2 * lanes.start);
}

bool ShareQueue::offer(Share& share) {
  const base::Lock lock(mutex_);
  if (shares_.size() >= most_) return false;
  shares_.push_back(std::move(share));
  return true;
}

std::optional<Share> ShareQueue::take() {
  const base::Lock lock(mutex_);
  if (shares_.empty()) return std::nullopt;
  Share share = std::move(shares_.front());
  shares_.pop_front();
  return share;
}

bool ShareQueue::empty() const {
  const base::Lock lock(mutex_);
  return shares_.empty();
}

base::Buffer ShareQueue::spare_buffer() {
  const base::Lock lock(mutex_);
  if (spare_buffers_.empty()) return {};
  base::Buffer buffer = std::move(spare_buffers_.back());
  spare_buffers_.pop_back();
  return buffer;
}

void ShareQueue::give_back(base::Buffer buffer) {
  const base::Lock lock(mutex_);
  spare_buffers_.push_back(std::move(buffer));
}

}  // namespace vcs::snapshot
