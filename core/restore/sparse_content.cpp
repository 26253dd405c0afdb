// SPDX-License-Identifier: Apache-2.0
// Writes the blocks that are not zero, and compares without reading holes.
#include "core/restore/sparse_content.hpp"

#include <algorithm>
#include <cstring>

#include "core/store/content_reader.hpp"

namespace vcs::restore {

namespace {

constexpr std::uint64_t kBlock = 4096;  // unit of holes, aligned in the file
constexpr std::size_t kCompareAtOnce = 128 * 1024;

// The first bytes of `bytes`, which lie at `offset`, up to the next block boundary of the file.
ByteView first_block(ByteView bytes, std::uint64_t offset) {
  return bytes.first(
      static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), kBlock - offset % kBlock)));
}

// Writes the blocks that are not zero; adjoining ones in one call. Unwritten bytes of a new file
// read as zeros, so half of a block that two pieces share may be skipped. Returns the end of the
// last byte written, or `end` if there is none.
Result<std::uint64_t> write_around_zeros(base::File& file, ByteView piece, std::uint64_t offset,
                                         std::uint64_t end) {
  std::size_t begin = 0;  // start of the run of blocks to write
  for (std::size_t at = 0; at < piece.size();) {
    const ByteView block = first_block(piece.subspan(at), offset + at);
    const std::size_t next = at + block.size();
    const bool zero = store::is_zero(block);
    const std::size_t run_end = zero ? at : next;
    if (run_end > begin && (zero || next == piece.size())) {
      VCS_TRY(file.write_at(piece.subspan(begin, run_end - begin), offset + begin));
      end = offset + run_end;
    }
    if (zero) begin = next;
    at = next;
  }
  return end;
}

// Reads `bytes.size()` bytes of the file in steps and compares them.
Result<bool> is_same(base::File& file, ByteView bytes, std::uint64_t offset, Bytes& buffer) {
  while (!bytes.empty()) {
    buffer.resize(std::min(bytes.size(), kCompareAtOnce));
    VCS_ASSIGN(const std::size_t got, file.read_at(buffer, offset));
    if (got < buffer.size() || std::memcmp(buffer.data(), bytes.data(), got) != 0) return false;
    bytes = bytes.subspan(got);
    offset += got;
  }
  return true;
}

// The same for zeros. A hole of the file needs no reading.
Result<bool> is_all_zero(base::File& file, std::uint64_t offset, std::uint64_t length,
                         Bytes& buffer) {
  const std::uint64_t end = offset + length;
  while (offset < end) {
    VCS_ASSIGN(offset, file.next_data(offset));
    if (offset >= end) break;
    buffer.resize(static_cast<std::size_t>(std::min<std::uint64_t>(end - offset, kCompareAtOnce)));
    VCS_ASSIGN(const std::size_t got, file.read_at(buffer, offset));
    if (got < buffer.size() || !store::is_zero(buffer)) return false;
    offset += got;
  }
  return true;
}

Failure content_differs() {
  return fail(ErrorCode::precondition_failed, "the content differs");
}

// Reads a part, and checks that it is complete and that no content follows the end.
Result<void> read_part(store::ObjectStore& store, const object::TreeEntry& entry,
                       const ContentPart& part, const store::PieceSink& piece,
                       const store::ZeroSink& zeros) {
  std::uint64_t end = part.offset;
  const auto within = [&](std::uint64_t offset, std::uint64_t length) -> Result<void> {
    end = offset + length;
    return end > entry.size ? wrong_size(end, entry.size) : Result<void>();
  };
  const store::PieceSink checked_piece = [&](ByteView bytes, std::uint64_t offset) -> Result<void> {
    VCS_TRY(within(offset, bytes.size()));
    return piece(bytes, offset);
  };
  const store::ZeroSink checked_zeros = [&](std::uint64_t offset,
                                            std::uint64_t length) -> Result<void> {
    VCS_TRY(within(offset, length));
    return zeros(offset, length);
  };
  VCS_TRY(store::read_content(store, entry.content, part.offset, part.length, checked_piece,
                              checked_zeros));
  const std::uint64_t wanted = part.offset + std::min(part.length, entry.size - part.offset);
  return end == wanted ? Result<void>() : wrong_size(end, wanted);
}

}  // namespace

Failure wrong_size(std::uint64_t size, std::uint64_t told) {
  return fail(ErrorCode::corrupt, "its content has {} bytes, but the commit says {}", size, told);
}

Result<std::uint64_t> write_content(store::ObjectStore& store, const object::TreeEntry& entry,
                                    const ContentPart& part, base::File& file,
                                    const OnPiece& on_piece) {
  std::uint64_t written_to = 0;
  const store::PieceSink write = [&](ByteView piece, std::uint64_t offset) -> Result<void> {
    VCS_ASSIGN(written_to, write_around_zeros(file, piece, offset, written_to));
    return on_piece(piece.size());
  };
  const store::ZeroSink leave_out = [&](std::uint64_t, std::uint64_t length) {
    return on_piece(length);
  };
  VCS_TRY(read_part(store, entry, part, write, leave_out));
  return written_to;
}

Result<bool> has_content(store::ObjectStore& store, const object::TreeEntry& entry,
                         const ContentPart& part, base::File& file, const OnPiece& on_piece) {
  Bytes buffer;
  bool same = true;
  const store::PieceSink compare = [&](ByteView piece, std::uint64_t offset) -> Result<void> {
    VCS_ASSIGN(same, is_same(file, piece, offset, buffer));
    return same ? on_piece(piece.size()) : content_differs();
  };
  const store::ZeroSink compare_zeros = [&](std::uint64_t offset,
                                            std::uint64_t length) -> Result<void> {
    VCS_ASSIGN(same, is_all_zero(file, offset, length, buffer));
    return same ? on_piece(length) : content_differs();
  };
  auto read = read_part(store, entry, part, compare, compare_zeros);
  if (!same) return false;
  VCS_TRY(std::move(read));
  return true;
}

}  // namespace vcs::restore
