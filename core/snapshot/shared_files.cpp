// SPDX-License-Identifier: Apache-2.0
// Remembers files by inode; one pass through the index finds their other names.
#include "core/snapshot/shared_files.hpp"

#include <algorithm>

#include "core/worktree/scan_types.hpp"

namespace vcs::snapshot {

void SharedFiles::captured(const std::string& path, const base::FileStat& stat,
                           const object::TreeEntry& entry) {
  if (stat.links < 2 || stat.type != base::FileType::regular) return;
  const auto known = files_.find(stat.inode);
  too_many_ |= known == files_.end() && files_.size() >= worktree::kMostSharedFiles;
  if (too_many_) return files_.clear();
  File& file = files_[stat.inode];
  file.changed |= !file.names.empty() &&
                  (file.stat.ctime != stat.ctime || !file.entry.same_but_for_mtime(entry));
  file.stat = stat;
  file.entry = entry;
  file.names.push_back(path);
}

std::vector<std::vector<std::string>> SharedFiles::names_together() const {
  std::vector<std::vector<std::string>> together;
  for (const auto& [inode, file] : files_)
    if (file.names.size() > 1) together.push_back(file.names);
  return together;
}

std::vector<std::string> SharedFiles::names_apart() const {
  std::vector<std::string> apart;
  for (const auto& [inode, file] : files_)
    if (file.changed) apart.insert(apart.end(), file.names.begin(), file.names.end());
  return apart;
}

std::vector<SharedFiles::OtherName> SharedFiles::other_names(const index::Index& index) const {
  std::vector<OtherName> others;
  if (files_.empty()) return others;
  const auto cursor = index.cursor();
  for (cursor->seek(""); cursor->valid(); cursor->next()) {
    if (cursor->entry().type != object::EntryType::file) continue;
    const auto found = files_.find(cursor->entry().inode);
    if (found == files_.end()) continue;
    const File& file = found->second;
    const std::string path(cursor->path());
    if (std::find(file.names.begin(), file.names.end(), path) == file.names.end())
      others.push_back({path, &file.entry, &file.stat});
  }
  return others;
}

}  // namespace vcs::snapshot
