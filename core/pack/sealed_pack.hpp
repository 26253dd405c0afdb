// SPDX-License-Identifier: Apache-2.0
// A pack that nobody appends to any more, as its readers see it. Immutable; readers share it.
#pragma once

#include <memory>
#include <optional>

#include "core/pack/pack_index.hpp"

namespace vcs::pack {

struct SealedPack {
  std::uint32_t number = 0;
  std::uint64_t length = 0;  // bytes behind it in the file are garbage
  std::optional<MappedIndex> index;
  PackContents contents;  // used if there is no index file because its writing failed

  std::optional<IndexRecord> find(const object::ObjectId& id) const;
  void find_prefix(const IdPrefix& prefix, std::vector<IndexRecord>& out) const;
  std::size_t size() const;
  IndexRecord record(std::size_t position) const;
  std::uint64_t raw_bytes() const;
  const std::vector<TornRange>& torn() const;
  std::vector<object::ObjectId> commit_points() const;
  bool merged() const { return index ? index->index.merged() : contents.merged; }
  std::uint8_t level() const { return index ? index->index.level() : contents.level; }
};

using SealedPackPtr = std::shared_ptr<const SealedPack>;

// Writes the index file of a pack that has none, makes it durable, and returns the pack with this
// index.
Result<SealedPackPtr> write_index(base::Directory& directory, const SealedPack& pack);
// Writes the existing index of a pack again, with another level.
Result<SealedPackPtr> write_level(base::Directory& directory, const SealedPack& pack,
                                  std::uint8_t level);

}  // namespace vcs::pack
