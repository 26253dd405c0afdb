// SPDX-License-Identifier: Apache-2.0
// The commit graph's pair of files: a row for each commit, in the order in which the commits were
// made. With it, questions about history need not read commits and trees one by one.
//
// The files are derived data and never synced: a damaged pair is dropped and made anew. open() cuts
// a torn tail. Every read checks what it returns. docs/format/commit-graph.md
//
// Threads: any number may read; one at a time may append, beside readers. A pair that was replaced
// stays readable for its holders.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/filesystem.hpp"
#include "core/history/commit_graph_row.hpp"

namespace vcs::history {

// Neighbouring rows, the oldest first, and on request their hashes.
class CommitWindow {
 public:
  std::size_t size() const { return size_; }
  CommitRowView row(std::size_t index) const {
    return CommitRowView(ByteView(bytes_).subspan((before_ + index) * kCommitRowSize));
  }
  // Whether the commit touched the path of this hash or anything below it. Nothing: the row has no
  // hashes, as the commit touched too many paths.
  std::optional<bool> touched(std::size_t index, PathHash hash) const;

 private:
  friend class CommitGraphFile;
  std::size_t size_ = 0;
  std::size_t before_ = 0;  // 1 if bytes_ begin with the row before the first
  Bytes bytes_, hash_bytes_;
  std::uint64_t hashes_begin_ = 0;  // number of hashes before the first row's
  std::vector<PathHash> hashes_;
};

class CommitGraphFile {
 public:
  // not_found: there is none. corrupt: the two files are no pair. io.
  static Result<std::unique_ptr<CommitGraphFile>> open(base::Directory& directory);
  // Replaces the pair by a new one that has the first `count` rows of `from` (null: none).
  static Result<std::unique_ptr<CommitGraphFile>> create(base::Directory& directory,
                                                         const CommitGraphFile* from,
                                                         std::uint64_t count);

  std::uint64_t size() const { return size_.load(std::memory_order_acquire); }  // rows
  // The position of the commit; nothing: no row has it. corrupt, io.
  Result<std::optional<std::uint64_t>> find(const object::ObjectId& id,
                                            std::uint64_t sequence) const;
  Result<CommitRow> row(std::uint64_t position) const;
  // Rows [first, first + count), all of which exist. Reuses the window's memory. corrupt, io.
  Result<void> read(std::uint64_t first, std::size_t count, bool with_hashes,
                    CommitWindow& window) const;

  // Appends a commit: a child of the last one, with the next sequence. `touched`: sorted and
  // distinct; nothing: many. After an error the pair is as it was.
  Result<void> append(const object::ObjectId& id, const object::ObjectId& tree,
                      base::UnixNanos time, std::uint64_t sequence,
                      const std::optional<std::vector<PathHash>>& touched);

 private:
  CommitGraphFile(std::unique_ptr<base::File> rows, std::unique_ptr<base::File> paths,
                  std::uint32_t generation)
      : rows_(std::move(rows)), paths_(std::move(paths)), generation_(generation) {}
  Result<void> cut_torn_tail();
  // Sets the state to the end of the first `count` rows; corrupt if the last of them is damaged.
  Result<void> stand_behind(std::uint64_t count);
  Result<void> read_rows(std::uint64_t first, std::size_t count, CommitWindow& window) const;
  Result<void> read_hashes(CommitWindow& window) const;

  const std::unique_ptr<base::File> rows_, paths_;
  const std::uint32_t generation_;
  std::atomic<std::uint64_t> size_{0};
  std::atomic<std::uint64_t> first_sequence_{0};  // of row 0; set before size_ counts it
  RowEnd end_;                                    // of the last row; only the writer uses it
};

}  // namespace vcs::history
