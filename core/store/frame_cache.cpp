// SPDX-License-Identifier: Apache-2.0
// A list in order of use, and a map into it.
#include "core/store/frame_cache.hpp"

namespace vcs::store {
namespace {

// Memory of an entry in addition to its bytes.
constexpr std::size_t kOverhead = 160;

}  // namespace

FrameCache::Content FrameCache::find(std::uint32_t pack, std::uint32_t offset) {
  const base::Lock lock(mutex_);
  const auto found = by_key_.find(key_of(pack, offset));
  if (found == by_key_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->content;
}

void FrameCache::insert(std::uint32_t pack, std::uint32_t offset, Content content) {
  const std::size_t size = content->size() + kOverhead;
  if (size > limit_ / 4) return;
  const base::Lock lock(mutex_);
  const std::uint64_t key = key_of(pack, offset);
  if (by_key_.contains(key)) return;
  entries_.push_front({key, std::move(content)});
  by_key_.emplace(key, entries_.begin());
  used_ += size;
  while (used_ > limit_) remove_oldest();
}

void FrameCache::remove_oldest() {
  used_ -= entries_.back().content->size() + kOverhead;
  by_key_.erase(entries_.back().key);
  entries_.pop_back();
}

}  // namespace vcs::store
