// SPDX-License-Identifier: Apache-2.0
// Writer, reader and cursor of the base file.
#include "core/index/index_file.hpp"

#include <cassert>

#include "core/object/checksum.hpp"

namespace vcs::index {
namespace {

constexpr std::string_view kMagic = "VCSIBASE";
constexpr std::string_view kEndMagic = "VCSIBEND";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeaderSize = 16;
constexpr std::size_t kRowSize = 32;
constexpr std::size_t kFooterSize = 88;
constexpr std::size_t kBlockSize = 4096;  // a block ends with the entry that reaches it
constexpr std::size_t kFlushSize = std::size_t{1} << 20;
// A scan reads every block once, and an idle agent reads none: the mapped pages of a large file
// need not stay in memory. A read of a block maps the whole piece of the page cache around it, up
// to 2 MiB.
constexpr std::size_t kLarge = std::size_t{8} << 20;
constexpr std::uint64_t kMostBlocksInMemory = 256;

Failure broken(std::string_view what) {
  return fail(ErrorCode::corrupt, "the index's base file is damaged: {}", what);
}

}  // namespace

struct BaseFile::Row {
  std::uint64_t offset, checksum, key_offset;
  std::uint32_t length, key_length;
};

// --- Writer ---

BaseWriter::BaseWriter(base::File& file, std::uint32_t generation)
    : file_(file), generation_(generation), run_(buffer_) {
  buffer_.reserve(kFlushSize + 2 * kBlockSize);
  base::ByteWriter writer(buffer_);
  writer.text(kMagic);
  writer.u32(kVersion);
  writer.u32(generation);
}

Result<void> BaseWriter::add(std::string_view path, const IndexEntry& entry) {
  if (!in_block_) begin_block(path);
  run_.add(path, &entry);
  ++entries_;
  if (bytes() - block_offset_ < kBlockSize) return {};
  end_block();
  return buffer_.size() < kFlushSize ? Result<void>() : flush();
}

void BaseWriter::begin_block(std::string_view path) {
  in_block_ = true;
  block_offset_ = bytes();
  run_.restart();
  base::ByteWriter row(table_);
  row.u64(block_offset_);
  row.u64(keys_.size());
  row.u32(static_cast<std::uint32_t>(path.size()));
  base::ByteWriter(keys_).text(path);
}

void BaseWriter::end_block() {
  in_block_ = false;
  const auto run = ByteView(buffer_).subspan(block_offset_ - written_);
  base::ByteWriter row(table_);
  row.u32(static_cast<std::uint32_t>(run.size()));
  // The offset is the seed, so a block in the place of another block is not valid.
  row.u64(object::checksum64(run, block_offset_));
}

Result<void> BaseWriter::flush() {
  VCS_TRY(file_.write_at(buffer_, written_));
  written_ += buffer_.size();
  buffer_.clear();
  return {};
}

Result<void> BaseWriter::finish(const object::ObjectId& tag) {
  if (in_block_) end_block();
  const std::uint64_t keys_offset = bytes();
  Bytes directory = std::move(keys_);
  directory.insert(directory.end(), table_.begin(), table_.end());
  const std::uint64_t checksum = object::checksum64(directory, generation_);
  base::ByteWriter writer(buffer_);
  writer.bytes(directory);

  Bytes footer;
  base::ByteWriter end(footer);
  end.u64(entries_);
  end.u64(table_.size() / kRowSize);
  end.u64(keys_offset);
  end.bytes(tag.view());
  end.u64(checksum);
  end.u32(kVersion);
  end.u32(generation_);
  end.u64(object::checksum64(footer));
  end.text(kEndMagic);
  assert(footer.size() == kFooterSize);
  writer.bytes(footer);
  VCS_TRY(flush());
  return file_.sync();
}

// --- Reader ---

Result<std::unique_ptr<BaseFile>> BaseFile::parse(ByteView bytes, std::uint32_t generation) {
  std::unique_ptr<BaseFile> file(new BaseFile);
  file->bytes_ = bytes;
  VCS_TRY(file->read_footer(generation));
  return file;
}

Result<std::unique_ptr<BaseFile>> BaseFile::open(std::unique_ptr<base::Mapping> mapping,
                                                 std::uint32_t generation) {
  VCS_ASSIGN(auto file, parse(mapping->bytes(), generation));
  file->mapping_ = std::move(mapping);
  return file;
}

Result<void> BaseFile::read_footer(std::uint32_t generation) {
  if (bytes_.size() < kHeaderSize + kFooterSize) return broken("it is cut short");
  base::ByteReader header(bytes_.first(kHeaderSize));
  if (header.text(kMagic.size()) != kMagic) return broken("it does not begin like a base file");
  if (header.u32() != kVersion) return broken("this program does not know its version");
  if (header.u32() != generation) return broken("it belongs to another generation");

  const std::uint64_t footer_offset = bytes_.size() - kFooterSize;
  const ByteView footer_bytes = bytes_.subspan(footer_offset);
  base::ByteReader footer(footer_bytes);
  entries_ = footer.u64();
  const std::uint64_t blocks = footer.u64();
  keys_offset_ = footer.u64();
  tag_ = object::ObjectId::from_bytes(footer.bytes(object::ObjectId::kSize));
  const std::uint64_t directory_checksum = footer.u64();
  const std::uint32_t version = footer.u32();
  const std::uint32_t footer_generation = footer.u32();
  const std::uint64_t expected = object::checksum64(footer_bytes.first(footer.position()));
  if (footer.u64() != expected || footer.text(kEndMagic.size()) != kEndMagic)
    return broken("its end is damaged");
  if (version != kVersion || footer_generation != generation)
    return broken("its end belongs to another file");

  if (keys_offset_ < kHeaderSize || keys_offset_ > footer_offset ||
      blocks > (footer_offset - keys_offset_) / kRowSize)
    return broken("its table does not fit into the file");
  const ByteView directory = bytes_.subspan(keys_offset_, footer_offset - keys_offset_);
  if (object::checksum64(directory, generation) != directory_checksum)
    return broken("its table has a wrong checksum");
  blocks_ = static_cast<std::size_t>(blocks);
  table_offset_ = footer_offset - blocks * kRowSize;
  return table_is_sound() ? Result<void>() : broken("its table makes no sense");
}

// True if blocks and keys have no gaps, so that no lookup needs to check a bound.
bool BaseFile::table_is_sound() const {
  std::uint64_t offset = kHeaderSize, key_offset = 0;
  for (std::size_t i = 0; i < blocks_; ++i) {
    const Row here = row(i);
    if (here.offset != offset || here.key_offset != key_offset) return false;
    offset += here.length;
    key_offset += here.key_length;
    if (offset > keys_offset_ || key_offset > table_offset_ - keys_offset_) return false;
  }
  return offset == keys_offset_ && key_offset == table_offset_ - keys_offset_;
}

BaseFile::Row BaseFile::row(std::size_t number) const {
  base::ByteReader reader(bytes_.subspan(table_offset_ + number * kRowSize, kRowSize));
  Row row{};
  row.offset = reader.u64();
  row.key_offset = reader.u64();
  row.key_length = reader.u32();
  row.length = reader.u32();
  row.checksum = reader.u64();
  return row;
}

std::string_view BaseFile::first_path(std::size_t number) const {
  const Row here = row(number);
  return base::as_text(bytes_.subspan(keys_offset_ + here.key_offset, here.key_length));
}

std::size_t BaseFile::block_for(std::string_view path) const {
  std::size_t low = 0, high = blocks_;  // the first block after `path` is in this range
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (object::compare_paths(first_path(middle), path) <= 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low == 0 ? 0 : low - 1;
}

ByteView BaseFile::block(std::size_t number) const {
  const std::uint64_t entered = entered_.fetch_add(1, std::memory_order_relaxed);
  if (entered % kMostBlocksInMemory == kMostBlocksInMemory - 1 && bytes_.size() >= kLarge) trim();
  const Row here = row(number);
  const ByteView run = bytes_.subspan(here.offset, here.length);
  if (object::checksum64(run, here.offset) == here.checksum) return run;
  mark_damaged();
  return {};
}

// --- Cursor ---

void BaseCursor::seek(std::string_view path) {
  if (!is_ahead_in_block(path)) {
    block_ = base_.block_for(path);
    if (block_ < base_.blocks()) run_.restart(base_.block(block_));
    next();
  }
  while (valid_ && object::compare_paths(run_.path(), path) < 0) next();
}

// True if `path` is ahead in the current block. This is frequent, and the cursor then neither
// searches for the block nor reads it again.
bool BaseCursor::is_ahead_in_block(std::string_view path) const {
  return valid_ && object::compare_paths(run_.path(), path) <= 0 &&
         (block_ + 1 == base_.blocks() ||
          object::compare_paths(path, base_.first_path(block_ + 1)) < 0);
}

void BaseCursor::next() {
  valid_ = step();
  while (!valid_ && block_ < base_.blocks() && ++block_ < base_.blocks()) {
    run_.restart(base_.block(block_));
    valid_ = step();
  }
}

// Goes to the next entry of the current block; false at its end. A removal in a base file is
// damage.
bool BaseCursor::step() {
  if (run_.next() && !run_.removed()) return true;
  if (run_.failed() || run_.removed()) base_.mark_damaged();
  return false;
}

}  // namespace vcs::index
