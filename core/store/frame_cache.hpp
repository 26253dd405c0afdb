// SPDX-License-Identifier: Apache-2.0
// Keeps the frames that were decoded last, so that the small objects of a solid frame cost one
// decompression. The least recently used frames go first.
#pragma once

#include <list>
#include <memory>
#include <unordered_map>

#include "core/base/buffer.hpp"
#include "core/base/guarded.hpp"

namespace vcs::store {

// Thread-safe.
class FrameCache {
 public:
  using Content = std::shared_ptr<const base::Buffer>;

  explicit FrameCache(std::size_t limit_bytes) : limit_(limit_bytes) {}

  Content find(std::uint32_t pack, std::uint32_t offset);
  // Does not keep a frame of more than a quarter of the limit: it would push out too many others.
  void insert(std::uint32_t pack, std::uint32_t offset, Content content);

 private:
  struct Entry {
    std::uint64_t key;
    Content content;
  };
  static std::uint64_t key_of(std::uint32_t pack, std::uint32_t offset) {
    return std::uint64_t{pack} << 32 | offset;
  }
  void remove_oldest() VCS_REQUIRES(mutex_);

  const std::size_t limit_;
  base::Mutex mutex_;
  std::size_t used_ VCS_GUARDED_BY(mutex_) = 0;
  std::list<Entry> entries_ VCS_GUARDED_BY(mutex_);  // the latest first
  std::unordered_map<std::uint64_t, std::list<Entry>::iterator> by_key_ VCS_GUARDED_BY(mutex_);
};

}  // namespace vcs::store
