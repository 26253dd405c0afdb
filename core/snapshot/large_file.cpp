// SPDX-License-Identifier: Apache-2.0
// Cuts a large file into pieces of whole chunks. Holes cost neither reading nor cutting: all chunks
// in the middle of a hole are the same, whatever data is around it.
#include "core/snapshot/large_file.hpp"

#include <algorithm>

namespace vcs::snapshot {

ByteView ZeroChunk::view() const {
  std::call_once(made_, [this] {
    bytes_.resize(chunker_.parameters().maximum());
    std::fill(bytes_.data(), bytes_.data() + bytes_.size(), std::uint8_t{0});
    bytes_.resize(chunker_.next_cut(bytes_.view()));
  });
  return bytes_.view();
}

Result<void> LargeFileCutter::look_for_hole(std::uint64_t position) {
  if (position < extent_end_) return {};
  VCS_ASSIGN(const std::uint64_t data, file_.next_data(position));
  in_hole_ = data > position;
  if (in_hole_) {
    extent_end_ = std::min(data, size_);
  } else {
    VCS_ASSIGN(extent_end_, file_.next_hole(position));
  }
  return {};
}

// At the next cut: takes the chunks that begin inside the hole and must end inside it.
Result<bool> LargeFileCutter::skip_hole(Piece& piece) {
  const std::uint64_t position = offset_ - carry_.size();
  VCS_TRY(look_for_hole(position));
  const std::uint64_t maximum = chunker_.parameters().maximum();
  if (!in_hole_ || extent_end_ < position + maximum) return false;
  const std::uint64_t length = zeros_.view().size();
  piece.zero_chunks = (extent_end_ - maximum - position) / length + 1;
  offset_ = position + piece.zero_chunks * length;
  carry_.clear();
  return true;
}

Result<bool> LargeFileCutter::next(Piece& piece) {
  piece.lengths.clear();
  piece.zero_chunks = 0;
  while (!ended_ && piece.lengths.empty()) {
    if (sparse_) {
      VCS_ASSIGN(const bool skipped, skip_hole(piece));
      if (skipped) return true;
    }
    const std::size_t wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(kSegment, size_ - offset_));
    base::Buffer& buffer = piece.buffer;
    buffer.reserve(kSegment + chunker_.parameters().maximum());
    buffer.resize(carry_.size() + wanted);
    std::copy(carry_.begin(), carry_.end(), buffer.data());
    VCS_ASSIGN(const std::size_t got,
               file_.read_at(buffer.span().subspan(carry_.size(), wanted), offset_));
    offset_ += got;
    buffer.resize(carry_.size() + got);
    ended_ = got < wanted || offset_ >= size_;

    const ByteView bytes = buffer.view();
    std::size_t cut = 0;
    while (cut < bytes.size()) {
      const ByteView rest = bytes.subspan(cut);
      const std::size_t length = chunker_.next_cut(rest);
      // A chunk that ends with the bytes read so far may be the start of a longer chunk.
      if (length == rest.size() && length < chunker_.parameters().maximum() && !ended_) break;
      piece.lengths.push_back(static_cast<std::uint32_t>(length));
      cut += length;
    }
    carry_.assign(bytes.begin() + static_cast<std::ptrdiff_t>(cut), bytes.end());
  }
  return !piece.lengths.empty();
}

}  // namespace vcs::snapshot
