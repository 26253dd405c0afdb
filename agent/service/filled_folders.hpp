// SPDX-License-Identifier: Apache-2.0
// Watched folders that a restore fills: where one is not the folder that was saved (a new disk, an
// empty folder in its place), what the restore does not get to must not count as deleted.
#pragma once

#include <string>
#include <vector>

#include "agent/agent.hpp"

namespace vcs::agent::service {

class FilledFolders {
 public:
  // On the loop: knows the folders that are watched by now.
  explicit FilledFolders(const Agent& agent);

  // These block; not for the loop. First: before anything is written into `target`, as the system
  // knows it. All that was saved of a folder that is not what it was is owed from then on.
  Result<void> begin(Context& context, const std::string& target);
  // A whole commit of `history` was written into the target: what that commit has is there, and
  // what it has not is not wanted. Whatever else is written settles what is owed with the next
  // look.
  Result<void> wrote_all_of(const history::Repository& history);
  // Something is owed because of this restore.
  bool owes() const;
  // What is owed in a folder that was written into may be there by now. From any thread.
  void look_again(loop::EventLoop& loop) const;

 private:
  struct Folder {
    Agent::RepositoryPtr watched;
    std::shared_ptr<history::Repository> repository;
    std::string path;
    std::optional<config::RootIdentity> root;
    bool touched = false;  // the target lies in it, or it lies in the target
    bool owes = false;     // because of this restore
  };
  std::vector<Folder> watched_;
  std::string target_;
};

}  // namespace vcs::agent::service
