// SPDX-License-Identifier: Apache-2.0
// The base file: all entries at the time of the last merge, sorted, immutable, mmap'd.
//
// It consists of blocks of about 4 KiB; each is a run. A table at the end, searched directly in the
// mapping, has the first path of each block. docs/format/index.md
#pragma once

#include <atomic>
#include <memory>
#include <string_view>

#include "core/base/filesystem.hpp"
#include "core/index/entry_run.hpp"

namespace vcs::index {

// Streams sorted entries into a new file. One thread.
class BaseWriter {
 public:
  // `file` must be empty and outlive the writer.
  BaseWriter(base::File& file, std::uint32_t generation);

  Result<void> add(std::string_view path, const IndexEntry& entry);
  // Writes the rest, the table and the footer, and syncs: the file is then durable.
  Result<void> finish(const object::ObjectId& tag);
  std::uint64_t entries() const { return entries_; }
  std::uint64_t bytes() const { return written_ + buffer_.size(); }

 private:
  void begin_block(std::string_view path);
  void end_block();
  Result<void> flush();

  base::File& file_;
  std::uint32_t generation_;
  Bytes buffer_;               // bytes of the file from offset written_ on
  std::uint64_t written_ = 0;  // bytes that were written to the file
  std::uint64_t entries_ = 0;
  RunWriter run_;
  bool in_block_ = false;
  std::uint64_t block_offset_ = 0;
  Bytes keys_, table_;
};

// Reads a base file. It checks the table and the footer at opening, and a block each time it reads
// it. Thread-safe.
class BaseFile {
 public:
  // `corrupt` unless `bytes` is a whole base file of that generation.
  static Result<std::unique_ptr<BaseFile>> parse(ByteView bytes, std::uint32_t generation);
  // As parse() for the bytes of `mapping`, which it keeps.
  static Result<std::unique_ptr<BaseFile>> open(std::unique_ptr<base::Mapping> mapping,
                                                std::uint32_t generation);

  std::uint64_t entries() const { return entries_; }
  std::uint64_t size() const { return bytes_.size(); }
  const object::ObjectId& tag() const { return tag_; }
  std::size_t blocks() const { return blocks_; }
  // The last block that begins at or before `path`; the first block if there is none.
  std::size_t block_for(std::string_view path) const;
  std::string_view first_path(std::size_t number) const;
  // The run of a block. If its checksum is wrong, the run is empty and damaged() is true from then
  // on.
  ByteView block(std::size_t number) const;

  // Gives the memory of pages that were read back.
  void trim() const {
    if (mapping_) mapping_->trim();
  }

  // True if a damaged block was found: entries are missing.
  bool damaged() const { return damaged_.load(std::memory_order_relaxed); }
  void mark_damaged() const { damaged_.store(true, std::memory_order_relaxed); }

 private:
  struct Row;
  BaseFile() = default;
  Result<void> read_footer(std::uint32_t generation);
  bool table_is_sound() const;
  Row row(std::size_t number) const;

  std::unique_ptr<base::Mapping> mapping_;
  ByteView bytes_;
  std::uint64_t keys_offset_ = 0, table_offset_ = 0;
  std::size_t blocks_ = 0;
  std::uint64_t entries_ = 0;
  object::ObjectId tag_;
  mutable std::atomic<bool> damaged_ = false;
  mutable std::atomic<std::uint64_t> entered_ = 0;  // blocks that were read
};

// Visits the entries of a base file in order. It skips a damaged block and marks the file damaged.
class BaseCursor {
 public:
  // The cursor is not valid until the first seek.
  explicit BaseCursor(const BaseFile& base) : base_(base), block_(base.blocks()) {}

  void seek(std::string_view path);
  void next();
  void finish() { valid_ = false; }
  bool valid() const { return valid_; }
  std::string_view path() const { return run_.path(); }
  const IndexEntry& entry() const { return run_.entry(); }

 private:
  bool is_ahead_in_block(std::string_view path) const;
  bool step();

  const BaseFile& base_;
  std::size_t block_;  // the block that run_ reads
  RunReader run_;
  bool valid_ = false;
};

}  // namespace vcs::index
