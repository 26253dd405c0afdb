// SPDX-License-Identifier: Apache-2.0
// A window that slides over a pack.
#include "core/pack/pack_reader.hpp"

#include <algorithm>

namespace vcs::pack {
namespace {

// One read gets a whole commit or tree node; a larger frame costs a second read.
constexpr std::size_t kFirstRead = 8 * 1024;

// Reads more until `bytes`, which begin at `offset`, are `wanted` long.
Result<void> extend(base::File& file, std::uint64_t offset, std::size_t wanted,
                    base::Buffer& bytes) {
  const std::size_t have = bytes.size();
  if (have >= wanted) return {};
  bytes.resize(wanted);
  VCS_ASSIGN(const std::size_t count, file.read_at(bytes.span().subspan(have), offset + have));
  bytes.resize(have + count);
  return {};
}

}  // namespace

PackReader::PackReader(std::shared_ptr<base::File> file, std::uint64_t file_length, Bytes tail,
                       std::size_t block)
    : file_(std::move(file)), file_length_(file_length), tail_(std::move(tail)), block_(block) {}

Result<void> PackReader::fill(std::uint64_t end) {
  std::uint64_t position = window_begin_ + window_.size();
  const std::size_t have = window_.size();
  window_.resize(static_cast<std::size_t>(end - window_begin_));
  const std::span<std::uint8_t> out = std::span(window_).subspan(have);
  std::size_t done = 0;
  if (position < file_length_) {
    const auto want =
        static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), file_length_ - position));
    auto count = file_->read_at(out.first(want), position);
    if (!count || *count != want) window_.resize(have);
    if (!count) return Failure(std::move(count).error());
    if (*count != want) return fail(ErrorCode::io, "the file became shorter while it was read");
    done = want;
    position += want;
  }
  if (done < out.size()) {
    const ByteView rest =
        ByteView(tail_).subspan(static_cast<std::size_t>(position - file_length_));
    std::copy_n(rest.begin(), out.size() - done, out.begin() + static_cast<std::ptrdiff_t>(done));
  }
  return {};
}

Result<ByteView> PackReader::view(std::uint64_t offset, std::size_t length) {
  if (offset >= this->length()) return ByteView{};
  const std::uint64_t end = std::min<std::uint64_t>(this->length(), offset + length);
  if (offset < window_begin_ || offset > window_begin_ + window_.size()) {
    window_.clear();
    window_begin_ = offset;
  }
  if (end > window_begin_ + window_.size()) {
    const auto passed = static_cast<std::ptrdiff_t>(offset - window_begin_);
    window_.erase(window_.begin(), window_.begin() + passed);
    window_begin_ = offset;
    // A bad sector further on in the block must not hide the bytes that the caller wants.
    if (!fill(std::min(this->length(), std::max<std::uint64_t>(end, offset + block_))))
      VCS_TRY(fill(end));
  }
  return ByteView(window_).subspan(static_cast<std::size_t>(offset - window_begin_),
                                   static_cast<std::size_t>(end - offset));
}

Result<StoredFrame> read_frame(base::File& file, std::uint64_t offset, base::Buffer memory) {
  StoredFrame frame{{}, std::move(memory)};
  frame.bytes.resize(0);
  VCS_TRY(extend(file, offset, kFirstRead, frame.bytes));
  const auto header_length = peek_header_length(frame.bytes.view());
  if (!header_length) return fail(ErrorCode::corrupt, "there is no frame here");
  VCS_TRY(extend(file, offset, *header_length, frame.bytes));
  VCS_ASSIGN(frame.header, decode_frame_header(frame.bytes.view()));
  VCS_TRY(extend(file, offset, frame.header.total_length(), frame.bytes));
  if (frame.bytes.size() < frame.header.total_length())
    return fail(ErrorCode::corrupt, "a frame is cut off");
  return frame;
}

}  // namespace vcs::pack
