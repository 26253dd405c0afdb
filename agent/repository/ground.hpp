// SPDX-License-Identifier: Apache-2.0
// What the parts of a watched repository stand on once it is open.
#pragma once

#include <memory>

#include "agent/repository/description.hpp"
#include "agent/repository/folder_use.hpp"
#include "config/settings.hpp"
#include "core/object/chunker.hpp"
#include "core/worktree/ignore_rules.hpp"

namespace vcs::history {
class Repository;
}

namespace vcs::agent::repository {

// What it refers to outlives the parts. Settings and ignore rules are as they are now.
struct Ground {
  Description& description;
  FolderUse& folder;
  const config::Settings& settings;
  const std::shared_ptr<const worktree::IgnorePatterns>& ignore;
  const object::Chunker& chunker;
  std::shared_ptr<history::Repository> history;

  const RepositoryContext& context() const { return description.context(); }
};

}  // namespace vcs::agent::repository
