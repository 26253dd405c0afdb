// SPDX-License-Identifier: Apache-2.0
// A run: index entries in tree order, one after the other, each path shortened by what it shares
// with the one before. Blocks of the base file and records of the journal are runs.
// docs/format/index.md
#pragma once

#include <string>
#include <string_view>

#include "core/index/index_entry.hpp"

namespace vcs::index {

// Appends to a buffer of the caller.
class RunWriter {
 public:
  explicit RunWriter(Bytes& out) : out_(out) {}

  // No entry: the path is removed. Paths must ascend until restart().
  void add(std::string_view path, const IndexEntry* entry);
  // A new run begins at the end of the buffer.
  void restart() { previous_.clear(); }

 private:
  Bytes& out_;
  std::string previous_;
};

// Decodes in place: no step allocates unless a path is longer than all before it. The view must
// stay valid. Total: any bytes give entries, an end or a failure.
class RunReader {
 public:
  RunReader() = default;
  explicit RunReader(ByteView run) { restart(run); }

  void restart(ByteView run);
  // False at the end or when the bytes are no run; then failed() tells which.
  bool next();
  bool failed() const { return failed_; }

  std::string_view path() const { return path_; }
  bool removed() const { return removed_; }
  const IndexEntry& entry() const { return entry_; }  // meaningless when removed

 private:
  bool read_path();
  bool read_entry(std::uint8_t head);

  const std::uint8_t* position_ = nullptr;
  const std::uint8_t* end_ = nullptr;
  bool failed_ = false;
  bool removed_ = false;
  std::string path_;
  IndexEntry entry_;
};

}  // namespace vcs::index
