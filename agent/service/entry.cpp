// SPDX-License-Identifier: Apache-2.0
// Helpers that the requests about files of a commit share.
#include "agent/service/entry.hpp"

#include <fmt/format.h>

#include "core/history/history.hpp"

namespace vcs::agent::service {

std::string without_trailing_slash(std::string path) {
  while (!path.empty() && path.back() == '/') path.pop_back();
  return path;
}

namespace {

bool is_in_history(history::Repository& repository, const std::string& path) {
  bool found = false;
  const auto head = repository.head();
  if (!head) return false;
  auto from = history::read_step(repository, *head);
  if (!from) return false;
  const auto take = [&found](const history::CommitStep&) { return !(found = true); };
  (void)history::visit_history(repository, std::move(*from), path, take, [] { return false; });
  return found;
}

}  // namespace

Result<object::TreeEntry> existing_entry(history::Repository& repository, const Revision& revision,
                                         const std::string& path) {
  VCS_ASSIGN(auto entry, tree::find_entry(repository.nodes(), revision.commit.tree, path));
  if (!entry)
    return fail(ErrorCode::not_found, "'{}' is not in commit {}{}", path, revision.id.short_hex(),
                is_in_history(repository, path)
                    ? fmt::format("; the saves that changed it: vcsctl log {}", path)
                    : "");
  return std::move(*entry);
}

ipc::FileType file_type(object::EntryType type) {
  switch (type) {
    case object::EntryType::file:
      return ipc::FileType::file;
    case object::EntryType::directory:
      return ipc::FileType::directory;
    case object::EntryType::symlink:
      return ipc::FileType::symlink;
  }
  return ipc::FileType::none;
}

std::string id_text(const object::TreeEntry& entry) {
  return entry.content.kind == object::ContentKind::none ? std::string() : entry.content.id.hex();
}

}  // namespace vcs::agent::service
