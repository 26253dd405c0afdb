// SPDX-License-Identifier: Apache-2.0
// A filesystem around another one that records every change, and the states after a power cut.
//
// The model of a disk that loses power after the first `prefix` recorded operations:
//   - What was written to a file before a finished sync of that file is there. Each later write or
//     truncation is there or not, independent of the others; a write may be torn at a multiple of
//     512 bytes (its beginning is there), or lack any of its sectors of 512 or blocks of 4096
//     bytes.
//   - A write past the cache is several writes: pieces of whole blocks, and the rest before and
//     behind them. The device gets a piece at once, which promises nothing: until the file is
//     synced a piece may be lost in the device's own memory, or with the length of the file; or the
//     length is there and the piece is zeros, because its place was not noted as written.
//   - A name that was made, renamed or removed in a folder before a finished sync of that folder
//     (for a rename: its target's folder) is there. Each later one is there or not; but what
//     a surviving rename or exchange moved had its earlier name before.
//   - A finished sync of the filesystem counts as a sync of every file. Real ones make names
//     durable, too; no code should need that.
//   - A file's sync does not make its name durable, and a durable name says nothing of content.
//   - An operation on a name whose folder did not survive has no effect.
// Modes, owners and times are not recorded. A sync counts from the moment it began.
//
// Thread-safe. The recorded root must be empty at first, or hold exactly what replay() made of the
// operations given as `before`.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <vector>

#include "tests/support/intercepted_filesystem.hpp"
#include "tests/support/seeded_random.hpp"

namespace vcs::test {

// Exchanges all names at and below `one` with those at and below `other`.
template <typename Value>
void exchange(std::map<std::string, Value>& names, const std::string& one,
              const std::string& other) {
  const auto is_in = [](const std::string& path, const std::string& top) {
    return path == top || path.starts_with(top + "/");
  };
  std::map<std::string, Value> after;
  for (const auto& [path, value] : names) {
    if (is_in(path, one))
      after[other + path.substr(one.size())] = value;
    else if (is_in(path, other))
      after[one + path.substr(other.size())] = value;
    else
      after[path] = value;
  }
  names = std::move(after);
}

struct Operation {
  CallKind kind;
  int file = 0;        // the number of the file, whatever its name; 0: an operation on names alone
  std::string path{};  // below the root, without a leading '/'; the root itself is ""
  std::string
      target{};  // rename: the new path; exchange: the other one; make_symlink: what the link says
  base::Bytes bytes{};       // writes
  std::uint64_t offset = 0;  // writes: where; truncate: the new size
  bool finished = true;      // false: a sync that failed, or has not returned yet
};

class RecordingFileSystem final : public InterceptedFileSystem, private Interceptor {
 public:
  // Records what happens below the folder `root`, which must be opened by exactly that path.
  // `before`: the operations that made what is there; what they made durable stays durable.
  RecordingFileSystem(base::FileSystem& inner, std::string root,
                      std::vector<Operation> before = {});

  std::vector<Operation> operations() const;
  // Operations so far: what is acknowledged now must survive a power cut after that many.
  std::size_t size() const;

 private:
  base::Result<void> before(Call& call) override;
  void after(Call& call, bool succeeded) override;
  void record(const Call& call);
  void record_parts(const Call& call);
  void record_open(Call& call);
  void record_folders(const std::string& path);
  void record_rename(const Call& call);
  std::string relative(const std::string& path) const;

  const std::string root_;
  mutable std::mutex mutex_;
  std::vector<Operation> operations_;
  std::map<std::string, int> files_;  // by their present path
  int last_file_ = 0;
};

// Which of the first `prefix` operations every crash keeps.
std::vector<bool> durable_operations(const std::vector<Operation>& operations, std::size_t prefix);

// One state after a crash: the operations that reached the disk, torn writes shortened.
// `random` decides on all that is not durable.
std::vector<Operation> random_crash(const std::vector<Operation>& operations, std::size_t prefix,
                                    SeededRandom& random);

// Visits these states after `prefix` operations; the visitor gets the surviving operations:
//   - with few operations that are not durable, every subset of them; with many, none of them, all
//     of them, all but one and only one, for each;
//   - the last unsynced write torn at each multiple of 512 bytes (at most 64 of them), or without
//     one of its blocks of 4096 bytes;
//   - zeros in the place of each unsynced piece that went past the cache.
void for_each_crash(const std::vector<Operation>& operations, std::size_t prefix,
                    const std::function<void(const std::vector<Operation>&)>& visitor);

// The same operations, all of them durable: the start of a program that goes on after a crash.
std::vector<Operation> settled(std::vector<Operation> operations);

// The files that exist after these operations: path to number of the file.
std::map<std::string, int> files_after(const std::vector<Operation>& operations);

// Makes the existing, empty folder `folder` look like the disk after exactly these operations.
void replay(const std::vector<Operation>& operations, const std::string& folder);

}  // namespace vcs::test
