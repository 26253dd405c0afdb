// SPDX-License-Identifier: Apache-2.0
// Answers from the index file, or from memory until that file can be written.
#include "core/pack/sealed_pack.hpp"

#include "core/pack/pack_file.hpp"

namespace vcs::pack {

std::optional<IndexRecord> SealedPack::find(const object::ObjectId& id) const {
  if (index) return index->index.find(id);
  const IndexRecord* record = contents.table.find(id);
  return record ? std::optional(*record) : std::nullopt;
}

void SealedPack::find_prefix(const IdPrefix& prefix, std::vector<IndexRecord>& out) const {
  if (index) return index->index.find_prefix(prefix, out);
  for (const IndexRecord& record : contents.table.records())
    if (prefix.matches(record.id)) out.push_back(record);
}

std::size_t SealedPack::size() const {
  return index ? index->index.size() : contents.table.size();
}

IndexRecord SealedPack::record(std::size_t position) const {
  return index ? index->index.record(position) : contents.table.records()[position];
}

std::uint64_t SealedPack::raw_bytes() const {
  return index ? index->index.raw_bytes() : contents.table.raw_bytes();
}

const std::vector<TornRange>& SealedPack::torn() const {
  return index ? index->index.torn() : contents.torn;
}

std::vector<object::ObjectId> SealedPack::commit_points() const {
  return index ? index->index.commit_points() : contents.commit_points;
}

namespace {

Result<SealedPackPtr> replace_index(base::Directory& directory, const SealedPack& pack,
                                    ByteView bytes) {
  VCS_TRY(base::replace_file(directory, index_name(pack.number), bytes));
  auto indexed = std::make_shared<SealedPack>();
  indexed->number = pack.number;
  indexed->length = pack.length;
  VCS_ASSIGN(indexed->index, open_pack_index(directory, pack.number));
  return SealedPackPtr(std::move(indexed));
}

}  // namespace

Result<SealedPackPtr> write_index(base::Directory& directory, const SealedPack& pack) {
  return replace_index(directory, pack, encode_pack_index(pack.number, pack.length, pack.contents));
}

Result<SealedPackPtr> write_level(base::Directory& directory, const SealedPack& pack,
                                  std::uint8_t level) {
  return replace_index(directory, pack, pack.index->index.with_level(level));
}

}  // namespace vcs::pack
