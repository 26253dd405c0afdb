// SPDX-License-Identifier: Apache-2.0
// Open addressing with linear probing.
#include "core/pack/pack_table.hpp"

#include <algorithm>

namespace vcs::pack {

std::size_t PackTable::slot_of(const object::ObjectId& id) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = id.prefix64() & mask;
  while (slots_[slot] != 0 && records_[slots_[slot] - 1].id != id) slot = (slot + 1) & mask;
  return slot;
}

void PackTable::grow() {
  slots_.assign(slots_.empty() ? 64 : slots_.size() * 2, 0);
  for (std::size_t i = 0; i < records_.size(); ++i)
    slots_[slot_of(records_[i].id)] = static_cast<std::uint32_t>(i + 1);
}

void PackTable::insert(const IndexRecord& record) {
  if (records_.size() * 4 >= slots_.size() * 3) grow();
  const std::size_t slot = slot_of(record.id);
  if (slots_[slot] != 0) return;
  records_.push_back(record);
  slots_[slot] = static_cast<std::uint32_t>(records_.size());
  raw_bytes_ += record.length();
}

void PackTable::insert_frame(std::uint64_t frame_offset, const FrameHeader& header) {
  std::uint32_t object_offset = 0;
  for (const FrameObject& object : header.objects) {
    insert(IndexRecord::make(object.id, static_cast<std::uint32_t>(frame_offset), object_offset,
                             object.length, header.kind));
    object_offset += object.length;
  }
}

const IndexRecord* PackTable::find(const object::ObjectId& id) const {
  if (slots_.empty()) return nullptr;
  const std::uint32_t position = slots_[slot_of(id)];
  return position == 0 ? nullptr : &records_[position - 1];
}

void PackTable::shrink_to(std::size_t count) {
  // Removing the newest record first leaves every probe chain as it was before that record.
  while (records_.size() > count) {
    slots_[slot_of(records_.back().id)] = 0;
    raw_bytes_ -= records_.back().length();
    records_.pop_back();
  }
}

bool is_torn(const std::vector<TornRange>& ranges, std::uint64_t begin, std::uint64_t end) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const TornRange& range) {
    return range.offset <= begin && end <= std::uint64_t{range.offset} + range.length;
  });
}

}  // namespace vcs::pack
