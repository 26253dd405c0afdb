// SPDX-License-Identifier: Apache-2.0
// The commit graph's pair of files: what the chain of commits looks like, in the order in which the
// commits were made, so that questions about history need not read commits and trees one by one.
//
// Derived and never synced: whatever is wrong with it, it is dropped and made anew. A torn tail is
// cut when it is opened. Everything that is read is checked first. docs/format/commit-graph.md
//
// Threads: reading from any number of threads; appending from one at a time, beside readers. A pair
// that was replaced by another stays readable for those who hold it.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/filesystem.hpp"
#include "core/history/commit_graph_row.hpp"

namespace vcs::history {

// Neighbouring rows, the oldest first, and their hashes if these were asked for.
class CommitWindow {
 public:
  std::size_t size() const { return size_; }
  CommitRowView row(std::size_t index) const {
    return CommitRowView(ByteView(bytes_).subspan((before_ + index) * kCommitRowSize));
  }
  // Whether the commit touched the path of this hash or anything below it. Nothing: the row does
  // not say, for it touched many.
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
  // Puts a new pair in the place of what is there, with the first `count` rows of `from` (null:
  // none).
  static Result<std::unique_ptr<CommitGraphFile>> create(base::Directory& directory,
                                                         const CommitGraphFile* from,
                                                         std::uint64_t count);

  std::uint64_t size() const { return size_.load(std::memory_order_acquire); }  // rows
  // Where the commit stands, if it is among these. corrupt, io.
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
  // Takes over the state behind the first `count` rows; corrupt if the last of them is damaged.
  Result<void> stand_behind(std::uint64_t count);
  Result<void> read_rows(std::uint64_t first, std::size_t count, CommitWindow& window) const;
  Result<void> read_hashes(CommitWindow& window) const;

  const std::unique_ptr<base::File> rows_, paths_;
  const std::uint32_t generation_;
  std::atomic<std::uint64_t> size_{0};
  std::atomic<std::uint64_t> first_sequence_{0};  // of row 0; set before size_ tells of it
  RowEnd end_;                                    // of the last row; the writer's
};

}  // namespace vcs::history
