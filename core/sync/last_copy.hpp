// SPDX-License-Identifier: Apache-2.0
// What can be had of a history that has come in part: which commit to take, and what it lacks.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/object/commit.hpp"
#include "core/store/object_store.hpp"

namespace vcs::sync {

struct LostFile {
  std::string path;  // of the first of them, where a part of the tree is unknown
  std::string why;
  std::optional<object::ObjectId> older;  // a commit that has the file as it was before
};

struct BestCommit {
  object::ObjectId id;
  object::Commit commit;
  std::uint64_t lost = 0;       // entries
  std::vector<LostFile> files;  // the first ten thousand
};

// The newest of `head` and its ancestors whose list of files is whole; if `head` is not there, of
// all commits, those of `device` first. Where no list is whole, the newest that can be read in
// part. Nothing: there is no commit of which anything can be read.
Result<std::optional<BestCommit>> find_best_commit(store::ObjectStore& store,
                                                   const std::optional<object::ObjectId>& head,
                                                   const std::string& device);

}  // namespace vcs::sync
