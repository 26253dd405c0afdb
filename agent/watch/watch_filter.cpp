// SPDX-License-Identifier: Apache-2.0
// Remembers the ignore rules of every folder on a path.
#include "agent/watch/watch_filter.hpp"

#include <unordered_map>

#include "core/base/guarded.hpp"
#include "core/object/tree_paths.hpp"
#include "core/worktree/ignore_files.hpp"

namespace vcs::agent::watch {
namespace {

using RulesPtr = std::shared_ptr<const worktree::IgnoreRules>;

class Filter {
 public:
  Filter(base::FileSystem& filesystem, std::string root,
         std::shared_ptr<const worktree::IgnorePatterns> configured, bool honor_gitignore)
      : filesystem_(filesystem),
        root_(std::move(root)),
        configured_(std::move(configured)),
        honor_gitignore_(honor_gitignore) {}

  bool leaves_out(const std::string& path) {
    if (path.empty()) return false;
    base::Lock lock(mutex_);
    return rules_in(std::string(object::parent_path(path)))->ignores(path, true);
  }

 private:
  // A folder that cannot be read adds no rules of its own.
  RulesPtr rules_in(const std::string& folder) VCS_REQUIRES(mutex_) {
    if (const auto known = rules_.find(folder); known != rules_.end()) return known->second;
    RulesPtr parent;
    if (folder.empty())
      parent = worktree::IgnoreRules::root(configured_);
    else
      parent = rules_in(std::string(object::parent_path(folder)));
    auto directory = filesystem_.open_directory(folder.empty() ? root_ : root_ + "/" + folder);
    RulesPtr rules = parent;
    if (directory)
      rules =
          worktree::rules_inside(parent, folder, **directory, honor_gitignore_).value_or(parent);
    return rules_.emplace(folder, std::move(rules)).first->second;
  }

  base::FileSystem& filesystem_;
  std::string root_;
  std::shared_ptr<const worktree::IgnorePatterns> configured_;
  bool honor_gitignore_;
  base::Mutex mutex_;
  std::unordered_map<std::string, RulesPtr> rules_ VCS_GUARDED_BY(mutex_);
};

}  // namespace

FolderFilter make_watch_filter(base::FileSystem& filesystem, std::string root,
                               std::shared_ptr<const worktree::IgnorePatterns> configured,
                               bool honor_gitignore) {
  auto filter =
      std::make_shared<Filter>(filesystem, std::move(root), std::move(configured), honor_gitignore);
  return [filter](const std::string& path) { return filter->leaves_out(path); };
}

}  // namespace vcs::agent::watch
