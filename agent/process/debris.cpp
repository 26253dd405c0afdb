// SPDX-License-Identifier: Apache-2.0
// The mark is an empty file.
#include "agent/process/debris.hpp"

#include "config/repository_file.hpp"

namespace vcs::agent::process {
namespace {

constexpr const char* kMark = "unfinished";

bool has(base::Directory& folder, const char* name) {
  const auto found = folder.stat(name);
  return found || found.error().code != ErrorCode::not_found;
}

bool is_described(base::Directory& folder) {
  for (const char* name : {config::kRepositoryFileName, config::kRepositoryCopyName,
                           config::kRepositoryDamagedName, config::kRepositoryRemovedName})
    if (has(folder, name)) return true;
  return false;
}

// True if the agent was killed while it wrote the mark: nothing else was begun. An empty folder
// does not count, because a disk may be mounted there at other times.
bool holds_the_mark_alone(base::Directory& folder) {
  bool any = false, more = false;
  const auto listed = folder.list([&](const base::DirectoryEntry& entry) {
    (entry.name.starts_with(kMark) ? any : more) = true;
    return !more;
  });
  return listed && any && !more;
}

bool is_unfinished(base::Directory& folder) {
  return (folder.stat(kMark) && !is_described(folder)) || holds_the_mark_alone(folder);
}

}  // namespace

Result<void> mark_unfinished(base::Directory& data) {
  return base::replace_file(data, kMark, {});
}

void mark_finished(base::Directory& data) {
  if (data.stat(kMark)) (void)data.remove_file(kMark);
}

std::vector<std::string> unfinished_folders(base::Directory& repositories) {
  std::vector<std::string> found;
  const auto entries = base::list_sorted(repositories);
  if (!entries) return found;
  for (const base::DirectoryEntry& entry : *entries) {
    const auto folder = repositories.open_directory(entry.name);
    if (folder && is_unfinished(**folder)) found.push_back(entry.name);
  }
  return found;
}

}  // namespace vcs::agent::process
