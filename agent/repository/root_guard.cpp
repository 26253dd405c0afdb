// SPDX-License-Identifier: Apache-2.0
// Checks the three doubts one after the other.
#include "agent/repository/root_guard.hpp"

#include "core/base/lack.hpp"
#include "core/base/special_calls.hpp"
#include "core/history/repository.hpp"
#include "core/tree/tree.hpp"

namespace vcs::agent::repository {
namespace {

// Names at the top of the last commit; more would not change the answer.
constexpr std::size_t kNamesCompared = 1000;

Result<bool> is_empty(base::Directory& directory) {
  bool empty = true;
  VCS_TRY(directory.list([&](const base::DirectoryEntry&) { return empty = false; }));
  return empty;
}

// True if any name at the top of the last commit is on disk.
Result<bool> shares_a_name(base::Directory& directory, history::Repository& repository,
                           const object::ObjectId& tree) {
  bool shared = false;
  VCS_TRY(tree::walk_tree(repository.nodes(), tree, "", false,
                          [&](const std::string& path, const object::TreeEntry&) {
                            shared = directory.stat(path).has_value();
                            return !shared;
                          }));
  return shared;
}

// At the top of a filesystem the same numbers prove nothing: a fresh disk has them, too.
bool is_proven(base::FileSystem& filesystem, const std::string& worktree,
               const std::optional<config::RootIdentity>& known,
               const config::RootIdentity& identity) {
  if (!known || !known->is(identity)) return false;
  const auto parent = filesystem.stat(worktree + "/..");
  return parent && parent->device == identity.device;
}

Failure suspended(const std::string& reason) {
  return fail(ErrorCode::unavailable, "{}", reason);
}

// A lack of memory or descriptors says nothing about the folder, so its code stays.
Failure not_seen(const Error& why, const char* what) {
  Error error = Error(why).with_context(what);
  if (!base::is_lack(why)) error = {ErrorCode::unavailable, std::move(error.message), 0};
  return Failure(std::move(error));
}

}  // namespace

config::RootIdentity identity_of(base::Directory& folder, const base::FileStat& stat) {
  return {stat.device, stat.inode, base::born(folder)};
}

Result<GuardedRoot> open_guarded_root(base::FileSystem& filesystem, const std::string& worktree,
                                      const std::optional<config::RootIdentity>& known,
                                      history::Repository& repository) {
  auto opened = filesystem.open_directory(worktree);
  if (!opened) return not_seen(opened.error(), "the folder cannot be opened");
  std::shared_ptr<base::Directory> directory = std::move(*opened);
  const auto stat = directory->stat_self();
  if (!stat) return not_seen(stat.error(), "the folder cannot be looked at");
  const auto empty = is_empty(*directory);
  if (!empty) return not_seen(empty.error(), "the folder cannot be read");

  VCS_ASSIGN(const object::ObjectId tree, repository.head_tree());
  const config::RootIdentity identity = identity_of(*directory, *stat);
  if (!tree.is_zero()) {
    if (*empty && !is_proven(filesystem, worktree, known, identity))
      return suspended(
          "the folder is empty, but the last commit is not: unmounted or replaced; nothing is "
          "recorded as deleted");
    if (known && known->device != identity.device) {
      VCS_ASSIGN(const bool shared, shares_a_name(*directory, repository, tree));
      if (!shared)
        return suspended(
            "another filesystem is in the folder's place; nothing is recorded as deleted");
    }
  }
  return GuardedRoot{std::move(directory), identity};
}

Result<bool> owe_if_replaced(base::FileSystem& filesystem, const std::string& worktree,
                             const std::optional<config::RootIdentity>& known,
                             history::Repository& repository, base::UnixNanos now) {
  const auto root = open_guarded_root(filesystem, worktree, known, repository);
  if (root) return false;
  if (root.error().code != ErrorCode::unavailable || base::is_lack(root.error()))
    return Failure(root.error());
  VCS_TRY(repository.owe_everything(now));
  return true;
}

Result<Likeness> compare_folder(base::Directory& directory,
                                const std::optional<config::RootIdentity>& known,
                                history::Repository& repository) {
  Likeness likeness;
  VCS_ASSIGN(const base::FileStat stat, directory.stat_self());
  likeness.identity = identity_of(directory, stat);
  likeness.same_folder = known && known->is(likeness.identity);
  VCS_ASSIGN(likeness.empty, is_empty(directory));
  VCS_ASSIGN(const object::ObjectId tree, repository.head_tree());
  if (tree.is_zero()) return likeness;
  VCS_TRY(tree::walk_tree(repository.nodes(), tree, "", false,
                          [&](const std::string& path, const object::TreeEntry&) {
                            likeness.there += directory.stat(path).has_value();
                            return ++likeness.names < kNamesCompared;
                          }));
  return likeness;
}

}  // namespace vcs::agent::repository
