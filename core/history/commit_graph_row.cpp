// SPDX-License-Identifier: Apache-2.0
// Codec of the commit graph's rows and hashes.
#include "core/history/commit_graph_row.hpp"

#include "core/object/checksum.hpp"

namespace vcs::history {
namespace {

constexpr std::uint32_t kVersion = 2;
constexpr std::size_t kChecksumSize = 8;
constexpr std::size_t kCoveredSize = kCommitRowSize - kChecksumSize;
constexpr std::size_t kFlagsOffset = kCoveredSize - 4;
constexpr std::uint32_t kMany = 1;

std::string_view magic(GraphPart part) {
  return part == GraphPart::rows ? "VCSGROWS" : "VCSGPATH";
}

}  // namespace

Bytes encode_graph_header(GraphPart part, std::uint32_t generation) {
  Bytes bytes;
  base::ByteWriter writer(bytes);
  writer.text(magic(part));
  writer.u32(kVersion);
  writer.u32(generation);
  return bytes;
}

std::optional<std::uint32_t> decode_graph_header(GraphPart part, ByteView bytes) {
  base::ByteReader reader(bytes);
  if (reader.text(magic(part).size()) != magic(part) || reader.u32() != kVersion)
    return std::nullopt;
  const std::uint32_t generation = reader.u32();
  return reader.finished() ? std::optional(generation) : std::nullopt;
}

PathHash path_hash(std::string_view path) {
  return object::checksum64(base::as_bytes(path));
}

void encode_commit_row(const CommitRow& row, RowEnd& end, Bytes& out) {
  const std::size_t begin = out.size();
  base::ByteWriter writer(out);
  writer.bytes(row.id.view());
  writer.bytes(row.tree.view());
  writer.i64(base::count_of(row.time));
  writer.u64(row.sequence);
  writer.u64(row.hashes_end);
  writer.u32(row.hashes_checksum);
  writer.u32(row.many ? kMany : 0);
  end = {object::checksum64(ByteView(out).subspan(begin), end.chain), row.hashes_end};
  writer.u64(end.chain);
}

bool CommitRowView::check(RowEnd& before) const {
  const RowEnd own = end();
  if (object::checksum64({bytes_, kCoveredSize}, before.chain) != own.chain) return false;
  if (number<4>(kFlagsOffset) > kMany || own.hashes < before.hashes) return false;
  before = own;
  return true;
}

CommitRow CommitRowView::decode() const {
  return {id(), tree(), time(), sequence(), hashes_end(), hashes_checksum(), many()};
}

Bytes encode_path_hashes(std::span<const PathHash> sorted) {
  Bytes bytes;
  bytes.reserve(sorted.size() * sizeof(PathHash));
  base::ByteWriter writer(bytes);
  for (const PathHash hash : sorted) writer.u64(hash);
  return bytes;
}

std::uint32_t path_hashes_checksum(ByteView bytes, std::uint64_t begin) {
  return static_cast<std::uint32_t>(object::checksum64(bytes, begin));
}

bool decode_path_hashes(ByteView bytes, std::uint64_t begin, std::uint32_t checksum,
                        std::vector<PathHash>& out) {
  if (bytes.size() % sizeof(PathHash) != 0 || path_hashes_checksum(bytes, begin) != checksum)
    return false;
  const std::size_t first = out.size();
  out.resize(first + bytes.size() / sizeof(PathHash));
  base::ByteReader reader(bytes);
  for (std::size_t i = first; i < out.size(); ++i) {
    out[i] = reader.u64();
    if (i > first && out[i] <= out[i - 1]) return false;
  }
  return true;
}

}  // namespace vcs::history
