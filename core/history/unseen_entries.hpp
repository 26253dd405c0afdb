// SPDX-License-Identifier: Apache-2.0
// Adds entries to the index from a tree instead of the files. They are not trusted until a scan has
// compared them with the disk.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/index/index.hpp"
#include "core/object/tree_node.hpp"

namespace vcs::history {

// Applies them in batches, so that memory does not grow with them. One thread at a time.
class UnseenEntries {
 public:
  explicit UnseenEntries(index::Index& index) : index_(index) {}

  // In tree order. Nothing: the path is gone.
  Result<void> add(const std::string& path, const std::optional<object::TreeEntry>& entry);
  // Tags the index with `commit`. The tag moves with the last batch only: after a crash in between
  // the work starts over.
  Result<void> finish(const object::ObjectId& commit);

 private:
  Result<void> apply(const object::ObjectId& tag);

  index::Index& index_;
  std::vector<index::IndexChange> changes_;
};

}  // namespace vcs::history
