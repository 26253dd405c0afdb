// SPDX-License-Identifier: Apache-2.0
// Codec of the commit graph's two files: a row of fixed size a commit, and the hashes of the paths
// that it touched. docs/format/commit-graph.md
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "core/object/object_id.hpp"

namespace vcs::history {

inline constexpr std::size_t kGraphHeaderSize = 16;
inline constexpr std::size_t kCommitRowSize = 104;
// A commit that touched more paths (folders above them included) is only marked as `many`.
inline constexpr std::size_t kMostPathHashes = 512;

enum class GraphPart { rows, paths };
// Both files of a pair name the same generation.
Bytes encode_graph_header(GraphPart part, std::uint32_t generation);
// The generation; nothing if the bytes are no such header.
std::optional<std::uint32_t> decode_graph_header(GraphPart part, ByteView bytes);

// Wide enough that two paths never share a hash: a row with the hash touched the path.
using PathHash = std::uint64_t;
PathHash path_hash(std::string_view path);

struct CommitRow {
  object::ObjectId id, tree;
  base::UnixNanos time{};
  std::uint64_t sequence = 0;
  std::uint64_t hashes_end = 0;  // number of hashes in the other file up to this commit's last one
  std::uint32_t hashes_checksum = 0;
  bool many = false;  // it has no hashes: it may have touched any path
  bool operator==(const CommitRow&) const = default;
};

// The end of a row: its checksum, from which the checksum of the next row starts, and the number of
// hashes so far.
struct RowEnd {
  std::uint64_t chain = 0, hashes = 0;
};

// Appends kCommitRowSize bytes. `end`: in, the end of the row before; out, the end of this row.
void encode_commit_row(const CommitRow& row, RowEnd& end, Bytes& out);

// A view of an encoded row: a walk over many rows decodes only few of their fields.
class CommitRowView {
 public:
  // `bytes` are kCommitRowSize and outlive the view.
  explicit CommitRowView(ByteView bytes) : bytes_(bytes.data()) {}

  object::ObjectId id() const { return id_at(0); }
  object::ObjectId tree() const { return id_at(32); }
  base::UnixNanos time() const {
    return base::unix_nanos(static_cast<std::int64_t>(number<8>(64)));
  }
  std::uint64_t sequence() const { return number<8>(72); }
  std::uint64_t hashes_end() const { return number<8>(80); }
  std::uint32_t hashes_checksum() const { return static_cast<std::uint32_t>(number<4>(88)); }
  bool many() const { return number<4>(92) != 0; }
  RowEnd end() const { return {number<8>(96), hashes_end()}; }

  // True if the row was written behind the row with the end `before`; then `before` becomes the end
  // of this row. False leaves it. Do not trust any field of an unchecked row.
  bool check(RowEnd& before) const;
  CommitRow decode() const;

 private:
  object::ObjectId id_at(std::size_t offset) const {
    object::ObjectId id;
    std::memcpy(id.bytes.data(), bytes_ + offset, object::ObjectId::kSize);
    return id;
  }
  template <std::size_t kBytes>
  std::uint64_t number(std::size_t offset) const {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < kBytes; ++i)
      value |= static_cast<std::uint64_t>(bytes_[offset + i]) << (8 * i);
    return value;
  }

  const std::uint8_t* bytes_;
};

// Eight bytes a hash. `begin` is the number of hashes before them.
Bytes encode_path_hashes(std::span<const PathHash> sorted);
std::uint32_t path_hashes_checksum(ByteView bytes, std::uint64_t begin);
// Appends them to `out`; false unless they are whole, have that checksum, and ascend.
bool decode_path_hashes(ByteView bytes, std::uint64_t begin, std::uint32_t checksum,
                        std::vector<PathHash>& out);

}  // namespace vcs::history
