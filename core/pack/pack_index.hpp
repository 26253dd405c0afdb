// SPDX-License-Identifier: Apache-2.0
// The index of a sealed pack: its objects sorted by id, in a file that is mapped, not loaded.
// docs/format/pack_index.md
//
// PackIndex is a view on bytes. Opening checks the header and the fan-out table (a kilobyte), so
// that lookups never leave the bytes. check() compares the records with their own checksum. Without
// it, a wrong record can give a wrong place, but then the hash of the object is wrong, too.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/filesystem.hpp"
#include "core/pack/pack_table.hpp"

namespace vcs::pack {

// The set of ids that start with the same hexadecimal digits.
class IdPrefix {
 public:
  // Nothing: not hexadecimal, or longer than an id.
  static std::optional<IdPrefix> parse(std::string_view hex);
  const object::ObjectId& least() const { return least_; }
  bool matches(const object::ObjectId& id) const;

 private:
  object::ObjectId least_;  // the prefix followed by zeros
  std::size_t digits_ = 0;
};

Bytes encode_pack_index(std::uint32_t pack, std::uint64_t pack_length,
                        const PackContents& contents);

// Immutable, thread-safe. The bytes must outlive it.
class PackIndex {
 public:
  // corrupt, unsupported.
  static Result<PackIndex> parse(ByteView bytes);

  std::optional<IndexRecord> find(const object::ObjectId& id) const;
  // Appends the matching records to `out`.
  void find_prefix(const IdPrefix& prefix, std::vector<IndexRecord>& out) const;
  IndexRecord record(std::size_t position) const;  // sorted by id
  std::size_t size() const { return count_; }

  std::uint32_t pack() const { return pack_; }
  // The length of the pack; bytes behind it in its file are garbage.
  std::uint64_t pack_length() const { return pack_length_; }
  std::uint64_t raw_bytes() const { return raw_bytes_; }
  const std::vector<TornRange>& torn() const { return torn_; }
  std::vector<object::ObjectId> commit_points() const;
  bool merged() const { return merged_; }
  std::uint8_t level() const { return level_; }
  // The bytes of this index with another level.
  Bytes with_level(std::uint8_t level) const;

  // True if the checksum of everything behind the header is right.
  bool is_whole() const;
  // One sentence per defect of the records.
  std::vector<std::string> check() const;

 private:
  object::ObjectId id_at(std::size_t position) const;
  // The first position whose id is not less, among those that share the first byte.
  std::size_t lower_bound(const object::ObjectId& id) const;
  std::uint32_t fan_out(std::size_t first_byte) const;

  ByteView bytes_, records_, commit_points_;
  std::uint32_t pack_ = 0, count_ = 0;
  std::uint64_t pack_length_ = 0, raw_bytes_ = 0, body_checksum_ = 0;
  std::vector<TornRange> torn_;
  bool merged_ = false;
  std::uint8_t level_ = 0;
};

// An index with the mapping that it reads from.
struct MappedIndex {
  std::unique_ptr<base::Mapping> mapping;
  PackIndex index;
};
// not_found, corrupt (also if it is the index of another pack), io.
Result<MappedIndex> open_pack_index(base::Directory& directory, std::uint32_t pack);

}  // namespace vcs::pack
