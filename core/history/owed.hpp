// SPDX-License-Identifier: Apache-2.0
// Marks that files of a commit are not written into the worktree yet: a clone or a restore has not
// ended, or could not write all of them. Such files were not deleted, so saves keep their entries
// until they are written, or until a person gives them up.
//
// The mark is durable before the head that names the files, so a save can at no moment take them
// for deleted. docs/format/owed.md
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/filesystem.hpp"
#include "core/base/guarded.hpp"
#include "core/index/index.hpp"
#include "core/object/object_id.hpp"

namespace vcs::history {

inline constexpr const char* kOwedName = "owed";

struct Owed {
  object::ObjectId commit;  // the commit that has the files
  base::UnixNanos since{};
  bool operator==(const Owed&) const = default;
};

Bytes encode_owed(const Owed& owed);
// `corrupt`, or `unsupported` if a newer program wrote it.
Result<Owed> decode_owed(ByteView bytes);

// Reads the mark of a repository's folder. Nothing: there is none. An unreadable mark counts, with
// a commit of zeros, and is logged: to keep too many entries is the lesser harm.
Result<std::optional<Owed>> read_owed(base::Directory& repository, const base::Log& log);
// Durable. Nothing: removes the mark.
Result<void> write_owed(base::Directory& repository, const std::optional<Owed>& owed);

// The mark of one repository, in memory and on the disk. May be used from any thread.
class OwedMark {
 public:
  // `repository` is the repository's own folder, which outlives the mark.
  OwedMark(base::Directory& repository, const std::optional<Owed>& owed)
      : repository_(repository), owed_(owed) {}

  std::optional<Owed> get() const;
  // Durable. Meanwhile get() does not wait for the disk and returns the former mark.
  Result<void> set(const std::optional<Owed>& owed);

 private:
  base::Directory& repository_;
  base::Mutex writing_;  // before owed_'s; held while the mark is written
  base::Guarded<std::optional<Owed>> owed_;
};

// True if the index has the entry from the head's tree alone: no scan has seen the file here.
bool never_seen(const index::IndexEntry& entry);

// The files that a save found to be owed still.
struct OwedEntries {
  std::uint64_t count = 0;
  std::vector<std::string> first;  // paths, a hundred at most
  void add(const std::string& path);
};

}  // namespace vcs::history
