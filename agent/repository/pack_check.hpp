// SPDX-License-Identifier: Apache-2.0
// Whether the packs of a repository are still there, and whether the last save is whole. Somebody
// may clean up in the wrong folder, and what is gone can be had again only as long as a remote or
// the files have it.
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

  // Looks in two seconds; those who ask meanwhile share the look.
  void look_soon();
  // What was damaged may be whole by now.
  void repaired();
  void stop() { timer_.stop(); }

  // Names of files.
  const std::vector<std::string>& missing_packs() const { return found_.packs; }
  // What of the last save the store lacks, a sentence; "": nothing.
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
  bool head_was_looked_at_ = false;  // since the start, and since the last repair
  loop::Timer timer_{context_.agent.loop};
};

}  // namespace vcs::agent::repository
