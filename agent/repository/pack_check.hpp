// SPDX-License-Identifier: Apache-2.0
// Checks that the packs of a repository exist, and that the last save is whole. A person may delete
// files in the wrong folder, and lost objects can be repaired only while a remote or the files
// still have them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/loop/timer.hpp"
#include "agent/repository/repository_context.hpp"

namespace vcs::history {
class Repository;
}

namespace vcs::agent::repository {

// Loop thread only.
class PackCheck {
 public:
  // `directory` is the repository's own folder.
  PackCheck(const RepositoryContext& context, std::shared_ptr<base::Directory> directory,
            std::shared_ptr<history::Repository> history)
      : context_(context), directory_(std::move(directory)), history_(std::move(history)) {}

  // Checks in two seconds; calls that come meanwhile share the check.
  void look_soon();
  // After a repair: checks the last save, too.
  void repaired();
  void stop() { timer_.stop(); }

  // File names of the packs that are missing.
  const std::vector<std::string>& missing_packs() const { return found_.packs; }
  // A sentence about the objects of the last save that the store lacks; "" if it lacks none.
  const std::string& head_damage() const { return found_.head_damage; }

 private:
  struct Found {
    std::vector<std::string> packs;
    std::string head_damage;
  };
  void look();
  void take(Found found, bool looked_at_head);

  const RepositoryContext& context_;
  const std::shared_ptr<base::Directory> directory_;
  const std::shared_ptr<history::Repository> history_;
  Found found_;
  bool head_was_looked_at_ = false;  // since the start or the last repair
  loop::Timer timer_{context_.agent.loop};
};

}  // namespace vcs::agent::repository
