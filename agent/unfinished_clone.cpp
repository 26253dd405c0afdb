// SPDX-License-Identifier: Apache-2.0
// The mark is a file with two lines: the worktree and the URL.
#include "agent/unfinished_clone.hpp"

#include "config/repository_file.hpp"

namespace vcs::agent {
namespace {

constexpr const char* kMark = "clone";
constexpr std::uint64_t kLargestMark = 64 * 1024;

std::string mark_text(const std::string& worktree, const std::string& url) {
  return worktree + "\n" + url + "\n";
}

// The text of the mark. Nothing: it is no unfinished clone.
std::optional<std::string> read_mark(base::Directory& repositories, const std::string& name) {
  const auto folder = repositories.open_directory(name);
  if (!folder) return std::nullopt;
  for (const char* described :
       {config::kRepositoryFileName, config::kRepositoryCopyName, config::kRepositoryRemovedName})
    if ((*folder)->stat(described)) return std::nullopt;
  const auto mark = base::read_file(**folder, kMark, kLargestMark);
  if (!mark) return std::nullopt;
  return std::string(base::as_text(*mark));
}

}  // namespace

Result<void> mark_clone(base::Directory& data, const std::string& worktree,
                        const std::string& url) {
  return base::replace_file(data, kMark, base::as_bytes(mark_text(worktree, url)));
}

Result<void> unmark_clone(base::Directory& data) {
  auto removed = data.remove_file(kMark);
  if (!removed && removed.error().code == ErrorCode::not_found) return {};
  return removed;
}

std::vector<std::string> abandoned_clones(base::Directory& repositories, base::UnixNanos before) {
  std::vector<std::string> found;
  const auto entries = base::list_sorted(repositories);
  if (!entries) return found;
  for (const base::DirectoryEntry& entry : *entries) {
    if (!read_mark(repositories, entry.name)) continue;
    const auto folder = repositories.open_directory(entry.name);
    if (!folder) continue;
    const auto mark = (*folder)->stat(kMark);
    if (mark && mark->mtime < before) found.push_back(entry.name);
  }
  return found;
}

std::optional<std::string> find_unfinished_clone(base::Directory& repositories,
                                                 const std::string& worktree,
                                                 const std::string& url) {
  std::optional<std::string> found;
  const auto entries = base::list_sorted(repositories);
  if (!entries) return found;
  for (const base::DirectoryEntry& entry : *entries) {
    const auto mark = read_mark(repositories, entry.name);
    if (!mark || !mark->starts_with(worktree + "\n")) continue;
    if (!found && *mark == mark_text(worktree, url))
      found = entry.name;
    else
      (void)base::remove_tree(repositories, entry.name);
  }
  return found;
}

}  // namespace vcs::agent
