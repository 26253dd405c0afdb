// SPDX-License-Identifier: Apache-2.0
// Files with several names (hard links). The kernel reports a write only under the name that was
// used, so a save enters the captured state under the other names, too.
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
  // For each file that was captured under several names, these names.
  std::vector<std::vector<std::string>> names_together() const;
  // The names of files that changed between two captures under different names.
  std::vector<std::string> names_apart() const;
  // More files were captured than it remembers: a full scan is needed instead.
  bool too_many() const { return too_many_; }
  // The other names of these files in `index`, in tree order. The caller checks whether they are
  // still the same files. The pointers are valid until the next captured().
  std::vector<OtherName> other_names(const index::Index& index) const;

 private:
  struct File {
    base::FileStat stat;
    object::TreeEntry entry;
    std::vector<std::string> names;  // it was captured under these
    bool changed = false;            // between two captures
  };
  std::unordered_map<std::uint64_t, File> files_;  // by inode
  bool too_many_ = false;
};

}  // namespace vcs::snapshot
