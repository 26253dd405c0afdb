// SPDX-License-Identifier: Apache-2.0
// The base file: all entries at the time of the last merge, sorted, immutable, mmap'd.
//
// Blocks of about 4 KiB are runs of their own; a table at the end, searched where it lies in the
// mapping, tells which block begins with which path. docs/format/index.md
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
  // `file` is empty and outlives the writer.
  BaseWriter(base::File& file, std::uint32_t generation);

  Result<void> add(std::string_view path, const IndexEntry& entry);
  // Writes what is left with the table and the footer, and syncs: the file is durable.
  Result<void> finish(const object::ObjectId& tag);
  std::uint64_t entries() const { return entries_; }
  std::uint64_t bytes() const { return written_ + buffer_.size(); }

 private:
  void begin_block(std::string_view path);
  void end_block();
  Result<void> flush();

  base::File& file_;
  std::uint32_t generation_;
  Bytes buffer_;               // of the file, from offset written_ on
  std::uint64_t written_ = 0;  // bytes that the file has
  std::uint64_t entries_ = 0;
  RunWriter run_;
  bool in_block_ = false;
  std::uint64_t block_offset_ = 0;
  Bytes keys_, table_;
};

// Reads a base file. The table and the footer are checked when it is opened, a block whenever it is
// entered. Thread-safe.
class BaseFile {
 public:
  // Corrupt unless `bytes` is a whole base file of that generation.
  static Result<std::unique_ptr<BaseFile>> parse(ByteView bytes, std::uint32_t generation);
  // The same; keeps the mapping.
  static Result<std::unique_ptr<BaseFile>> open(std::unique_ptr<base::Mapping> mapping,
                                                std::uint32_t generation);

  std::uint64_t entries() const { return entries_; }
  std::uint64_t size() const { return bytes_.size(); }
  const object::ObjectId& tag() const { return tag_; }
  std::size_t blocks() const { return blocks_; }
  // The last block that begins at or before `path`; the first one if none does.
  std::size_t block_for(std::string_view path) const;
  std::string_view first_path(std::size_t number) const;
  // The run of a block. Empty if its bytes are not what was written; damaged() says so from then.
  ByteView block(std::size_t number) const;

  // Gives back the memory of what was read.
  void trim() const {
    if (mapping_) mapping_->trim();
  }

  // A block was found damaged: entries are missing.
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
  mutable std::atomic<std::uint64_t> entered_ = 0;  // blocks
};

// Walks the entries of a base file in order. A damaged block is passed over (and marked).
class BaseCursor {
 public:
  // Not valid until the first seek.
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
  std::size_t block_;  // that run_ reads
  RunReader run_;
  bool valid_ = false;
};

}  // namespace vcs::index
