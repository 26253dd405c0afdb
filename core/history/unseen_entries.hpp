// SPDX-License-Identifier: Apache-2.0
// Entries that the index gets from a tree instead of the files: something is there, and nothing
// about it can be trusted before somebody has looked at it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/index/index.hpp"
#include "core/object/tree_node.hpp"

namespace vcs::history {

// Applied some at a time, so that memory does not grow with them. One thread at a time.
class UnseenEntries {
 public:
  explicit UnseenEntries(index::Index& index) : index_(index) {}

  // In tree order. Nothing: the path is gone.
  Result<void> add(const std::string& path, const std::optional<object::TreeEntry>& entry);
  // The index speaks of `commit` from here on. Its tag moves with the last entries only: a crash in
  // between starts over.
  Result<void> finish(const object::ObjectId& commit);

 private:
  Result<void> apply(const object::ObjectId& tag);

  index::Index& index_;
  std::vector<index::IndexChange> changes_;
};

}  // namespace vcs::history
