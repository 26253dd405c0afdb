// SPDX-License-Identifier: Apache-2.0
// The contents of a pack in memory: its objects in the order in which they came, and a hash table
// of their positions. About 56 bytes per object.
//
// Not thread-safe: its owner locks.
#pragma once

#include <vector>

#include "core/object/object_id.hpp"
#include "core/pack/frame.hpp"
#include "core/pack/location.hpp"

namespace vcs::pack {

// One object of a pack, as the index file has it.
struct IndexRecord {
  object::ObjectId id;
  std::uint32_t frame_offset = 0;
  std::uint32_t object_offset = 0;
  std::uint32_t length_and_kind = 0;  // length in the low 28 bits, kind above

  static IndexRecord make(const object::ObjectId& id, std::uint32_t frame_offset,
                          std::uint32_t object_offset, std::uint32_t length,
                          object::ObjectKind kind) {
    return {id, frame_offset, object_offset, length | static_cast<std::uint32_t>(kind) << 28};
  }
  std::uint32_t length() const { return length_and_kind & 0x0fffffff; }
  object::ObjectKind kind() const { return static_cast<object::ObjectKind>(length_and_kind >> 28); }
  Location location(std::uint32_t pack) const {
    return {pack, frame_offset, object_offset, length(), kind()};
  }
  bool operator==(const IndexRecord&) const = default;
};

class PackTable {
 public:
  // Keeps the first record of an id: a second copy may be forgotten again and must not hide it.
  void insert(const IndexRecord& record);
  // Inserts all objects of a frame at `frame_offset`.
  void insert_frame(std::uint64_t frame_offset, const FrameHeader& header);
  const IndexRecord* find(const object::ObjectId& id) const;
  // Forgets the newest records until `count` are left.
  void shrink_to(std::size_t count);

  const std::vector<IndexRecord>& records() const { return records_; }
  std::size_t size() const { return records_.size(); }
  std::uint64_t raw_bytes() const { return raw_bytes_; }

 private:
  std::size_t slot_of(const object::ObjectId& id) const;
  void grow();

  std::vector<IndexRecord> records_;
  std::vector<std::uint32_t> slots_;  // position in records_ + 1; 0: free; size is a power of two
  std::uint64_t raw_bytes_ = 0;
};

// Bytes of a pack that hold no whole frame and were never reported as durable: the rest of writes
// that a power cut ended.
struct TornRange {
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
  bool operator==(const TornRange&) const = default;
};

// True if one of `ranges` explains why [begin, end) holds no whole frame.
bool is_torn(const std::vector<TornRange>& ranges, std::uint64_t begin, std::uint64_t end);

// Everything that the index file of a pack keeps.
struct PackContents {
  PackTable table;
  std::vector<object::ObjectId> commit_points;  // oldest first, up to the first gap
  std::vector<TornRange> torn;
  bool merged = false;     // made by compaction or repair: never the open pack
  std::uint8_t level = 0;  // the level for which compaction has examined it; 0: none
};

}  // namespace vcs::pack
