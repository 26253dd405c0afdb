// SPDX-License-Identifier: Apache-2.0
// Files with several names. The system tells of a write only under the name that was used, so what
// was captured under one name is to be entered under the others, too.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/filesystem.hpp"
#include "core/index/index.hpp"
#include "core/object/tree_node.hpp"

namespace vcs::snapshot {

// One thread at a time.
class SharedFiles {
 public:
  struct OtherName {
    std::string path;
    const object::TreeEntry* entry;  // as captured under the name that was used
    const base::FileStat* stat;
  };

  // Files with a single name are not remembered.
  void captured(const std::string& path, const base::FileStat& stat,
                const object::TreeEntry& entry);
  // The names that files were captured under, where they are more than one.
  std::vector<std::vector<std::string>> names_together() const;
  // The names of files that changed between being captured under one name and under another.
  std::vector<std::string> names_apart() const;
  // More were captured than are remembered: everything has to be looked at instead.
  bool too_many() const { return too_many_; }
  // The other names that `index` knew these files by, in tree order. Whether they still are the
  // same files is for the caller to see. Valid until the next call.
  std::vector<OtherName> other_names(const index::Index& index) const;

 private:
  struct File {
    base::FileStat stat;
    object::TreeEntry entry;
    std::vector<std::string> names;  // captured under
    bool changed = false;            // in between
  };
  std::unordered_map<std::uint64_t, File> files_;  // by inode
  bool too_many_ = false;
};

}  // namespace vcs::snapshot
