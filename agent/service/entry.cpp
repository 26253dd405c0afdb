// SPDX-License-Identifier: Apache-2.0
// What the requests on files of a commit share.
#include "agent/service/entry.hpp"

namespace vcs::agent::service {

std::string without_trailing_slash(std::string path) {
  while (!path.empty() && path.back() == '/') path.pop_back();
  return path;
}

base::Result<object::TreeEntry> existing_entry(snapshot::Repository& repository,
                                               const Revision& revision, const std::string& path) {
  VCS_ASSIGN(auto entry, snapshot::find_entry(repository.nodes(), revision.commit.tree, path));
  if (!entry)
    return base::fail(base::ErrorCode::not_found,
                      "{0} is not in commit {1}; `vcsctl log {0}` shows those that changed it",
                      path, revision.id.short_hex());
  return std::move(*entry);
}

std::string id_text(const object::TreeEntry& entry) {
  return entry.content.kind == object::ContentKind::none ? std::string() : entry.content.id.hex();
}

}  // namespace vcs::agent::service
