// SPDX-License-Identifier: Apache-2.0
// A mark that the files of a commit are still to be written into the worktree: a clone that has not
// ended, or that could not write all of them. What was never written was not deleted, so snapshots
// keep the entries of such files until they are written, or until a person gives them up.
//
// The mark is durable before the head that names the files, so there is no moment in which a
// snapshot could take them for deleted. docs/format/owed.md
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/filesystem.hpp"
#include "core/index/index.hpp"
#include "core/object/object_id.hpp"

namespace vcs::history {

inline constexpr const char* kOwedName = "owed";

struct Owed {
  object::ObjectId commit;  // whose files they are
  base::UnixNanos since{};
  bool operator==(const Owed&) const = default;
};

Bytes encode_owed(const Owed& owed);
// `corrupt`, or `unsupported` if a newer program wrote it.
Result<Owed> decode_owed(ByteView bytes);

// Of a repository's folder. Nothing: there is no mark. One that cannot be read counts, with a
// commit of zeros, and is told to the log: to keep too much is the lesser harm.
Result<std::optional<Owed>> read_owed(base::Directory& repository, const base::Log& log);
// Durable. Nothing: the mark goes.
Result<void> write_owed(base::Directory& repository, const std::optional<Owed>& owed);

// The mark of one repository, in memory and on the disk. May be used from any thread.
class OwedMark {
 public:
  // `repository` is the repository's own folder, which outlives the mark.
  OwedMark(base::Directory& repository, const std::optional<Owed>& owed)
      : repository_(repository), owed_(owed) {}

  std::optional<Owed> get() const;
  // Durable. Who asks meanwhile does not wait for the disk, and gets the former one.
  Result<void> set(const std::optional<Owed>& owed);

 private:
  base::Directory& repository_;
  std::mutex writing_;  // before mutex_; held while the mark is written
  mutable std::mutex mutex_;
  std::optional<Owed> owed_;
};

// True of an entry that the index has from the head's tree alone: nobody has seen the file here.
bool never_seen(const index::IndexEntry& entry);

// What a snapshot found to be owed still.
struct OwedEntries {
  std::uint64_t count = 0;
  std::vector<std::string> first;  // paths, a hundred at most
  void add(const std::string& path);
};

}  // namespace vcs::history
