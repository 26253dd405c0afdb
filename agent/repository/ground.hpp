// SPDX-License-Identifier: Apache-2.0
// What the parts of an open watched repository have in common.
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

// The objects that it refers to outlive the parts. Settings and ignore rules are the current ones.
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
