// SPDX-License-Identifier: Apache-2.0
// A run: index entries in tree order. Each path omits the prefix that it shares with the path
// before. Blocks of the base file and records of the journal are runs.
// docs/format/index.md
#pragma once

#include <string>
#include <string_view>

#include "core/index/index_entry.hpp"

namespace vcs::index {

// Appends entries to a buffer of the caller.
class RunWriter {
 public:
  explicit RunWriter(Bytes& out) : out_(out) {}

  // Null: the path is removed. Paths must ascend until restart().
  void add(std::string_view path, const IndexEntry* entry);
  // Begins a new run at the end of the buffer.
  void restart() { previous_.clear(); }

 private:
  Bytes& out_;
  std::string previous_;
};

// Decodes a run in place: a step allocates only if its path is longer than all paths before. The
// view must stay valid. Safe for any bytes: they give entries, an end or a failure.
class RunReader {
 public:
  RunReader() = default;
  explicit RunReader(ByteView run) { restart(run); }

  void restart(ByteView run);
  // False at the end, or if the bytes are not a run: then failed() is true.
  bool next();
  bool failed() const { return failed_; }

  std::string_view path() const { return path_; }
  bool removed() const { return removed_; }
  const IndexEntry& entry() const { return entry_; }  // only valid if not removed()

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
