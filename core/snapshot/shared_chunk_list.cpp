// SPDX-License-Identifier: Apache-2.0
// Collects the chunks of pieces that are done, and adds them to the list in order.
#include "core/snapshot/shared_chunk_list.hpp"

namespace vcs::snapshot {

void SharedChunkList::opened() {
  const base::Lock lock(mutex_);
  ++open_;
}

void SharedChunkList::entered(std::size_t number, Entries entries) {
  const base::Lock lock(mutex_);
  done_.emplace(number, std::move(entries));
}

void SharedChunkList::closed(bool had_memory) {
  const base::Lock lock(mutex_);
  if (!had_memory) lacked_memory_ = true;
  --open_;
}

bool SharedChunkList::has_open_pieces() const {
  const base::Lock lock(mutex_);
  return open_ > 0;
}

bool SharedChunkList::lacked_memory() const {
  const base::Lock lock(mutex_);
  return lacked_memory_;
}

std::optional<SharedChunkList::Entries> SharedChunkList::take_next() {
  const base::Lock lock(mutex_);
  const auto first = done_.begin();
  if (first == done_.end() || first->first != next_) return std::nullopt;
  Entries entries = std::move(first->second);
  done_.erase(first);
  ++next_;
  return entries;
}

// Makes and stores nodes without the lock.
Result<void> SharedChunkList::grow() {
  while (const std::optional<Entries> entries = take_next())
    for (const object::ChunkListEntry& entry : *entries) VCS_TRY(builder_.add(entry));
  return {};
}

Result<object::ContentRef> SharedChunkList::finish() {
  VCS_TRY(grow());
  if (builder_.empty()) return object::ContentRef{};
  return builder_.finish();
}

}  // namespace vcs::snapshot
