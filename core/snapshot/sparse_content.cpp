// Content to a file and against a file: zeros become holes.
#include "core/snapshot/sparse_content.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "core/snapshot/content_reader.hpp"

namespace vcs::snapshot {

using base::ByteView;
using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

constexpr std::uint64_t kBlock = 4096;  // holes are told in these, aligned in the file
constexpr std::size_t kCompareAtOnce = 128 * 1024;
constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();

bool is_zero(ByteView bytes) {
  return bytes.empty() ||
         (bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

// The part of `bytes`, which stand at `offset`, up to the next block boundary of the file.
ByteView first_block(ByteView bytes, std::uint64_t offset) {
  return bytes.first(
      static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), kBlock - offset % kBlock)));
}

// Writes the blocks that are not zero, as many at once as adjoin. What is not written of a new file
// reads as zeros, so a block cut in two by pieces may be skipped in half. Returns where the last
// byte written ends, or `end` if there is none.
Result<std::uint64_t> write_around_zeros(base::File& file, ByteView piece, std::uint64_t offset,
                                         std::uint64_t end) {
  std::size_t begin = 0;  // of the run of blocks that are to be written
  for (std::size_t at = 0; at < piece.size();) {
    const ByteView block = first_block(piece.subspan(at), offset + at);
    const std::size_t next = at + block.size();
    const bool zero = is_zero(block);
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
Result<bool> is_same(base::File& file, ByteView bytes, std::uint64_t offset, base::Bytes& buffer) {
  while (!bytes.empty()) {
    buffer.resize(std::min(bytes.size(), kCompareAtOnce));
    VCS_ASSIGN(const std::size_t got, file.read_at(buffer, offset));
    if (got < buffer.size() || std::memcmp(buffer.data(), bytes.data(), got) != 0) return false;
    bytes = bytes.subspan(got);
    offset += got;
  }
  return true;
}

base::Failure wrong_size(std::uint64_t size, std::uint64_t told) {
  return fail(ErrorCode::corrupt, "its content has {} bytes where its entry tells {}", size, told);
}

}  // namespace

Result<void> write_content(store::ObjectStore& store, const object::TreeEntry& entry,
                           base::File& file, const OnPiece& on_piece) {
  std::uint64_t size = 0, written_to = 0;
  const PieceSink write = [&](ByteView piece, std::uint64_t offset) -> Result<void> {
    size = offset + piece.size();
    if (size > entry.size) return wrong_size(size, entry.size);
    VCS_ASSIGN(written_to, write_around_zeros(file, piece, offset, written_to));
    return on_piece(piece.size());
  };
  VCS_TRY(read_content(store, entry.content, 0, kAll, write));
  if (size != entry.size) return wrong_size(size, entry.size);
  return written_to < size ? file.truncate(size) : Result<void>();
}

Result<bool> has_content(store::ObjectStore& store, const object::TreeEntry& entry,
                         base::File& file, const OnPiece& on_piece) {
  base::Bytes buffer;
  std::uint64_t size = 0;
  bool same = true;
  const PieceSink compare = [&](ByteView piece, std::uint64_t offset) -> Result<void> {
    size = offset + piece.size();
    VCS_ASSIGN(same, is_same(file, piece, offset, buffer));
    if (!same) return fail(ErrorCode::precondition_failed, "the content differs");
    return on_piece(piece.size());
  };
  auto read = read_content(store, entry.content, 0, kAll, compare);
  if (!same) return false;
  VCS_TRY(std::move(read));
  if (size != entry.size) return wrong_size(size, entry.size);
  return true;
}

}  // namespace vcs::snapshot
