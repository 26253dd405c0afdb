// SPDX-License-Identifier: Apache-2.0
// Each entry is marked for a recheck.
#include "core/history/unseen_entries.hpp"

namespace vcs::history {
namespace {

using object::ObjectId;

// Changes applied to the index at a time.
constexpr std::size_t kIndexBatch = 50'000;

index::IndexEntry untrusted(const object::TreeEntry& entry) {
  index::IndexEntry known;
  known.type = entry.type;
  known.mode = entry.mode;
  known.size = entry.size;
  known.mtime = entry.mtime;
  known.content = entry.content;
  known.recheck = true;
  return known;
}

}  // namespace

Result<void> UnseenEntries::add(const std::string& path,
                                const std::optional<object::TreeEntry>& entry) {
  std::optional<index::IndexEntry> known;
  if (entry) known = untrusted(*entry);
  changes_.push_back({path, known});
  return changes_.size() < kIndexBatch ? Result<void>() : apply(index_.tag());
}

Result<void> UnseenEntries::finish(const ObjectId& commit) {
  return apply(commit);
}

Result<void> UnseenEntries::apply(const ObjectId& tag) {
  auto applied = index_.apply(changes_, tag);
  changes_.clear();
  return applied;
}

}  // namespace vcs::history
