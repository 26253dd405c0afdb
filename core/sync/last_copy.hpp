// SPDX-License-Identifier: Apache-2.0
// Chooses the best commit of an incomplete history, and lists its lost files.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/object/commit.hpp"
#include "core/store/object_store.hpp"

namespace vcs::sync {

struct LostFile {
  std::string path;  // if a part of the tree is lost: the first path of that part
  std::string why;
  std::optional<object::ObjectId> older;  // a commit that has an older version of the file
};

struct BestCommit {
  object::ObjectId id;
  object::Commit commit;
  std::uint64_t lost = 0;       // number of lost entries
  std::vector<LostFile> files;  // the first ten thousand
};

// The newest of `head` and its ancestors whose list of files is whole; without one, of all commits,
// those of `device` first. If no list is whole, the first in that order that can be read in part.
// Nothing: no commit can be read at all.
Result<std::optional<BestCommit>> find_best_commit(store::ObjectStore& store,
                                                   const std::optional<object::ObjectId>& head,
                                                   const std::string& device);

}  // namespace vcs::sync
