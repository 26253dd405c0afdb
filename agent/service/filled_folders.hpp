// SPDX-License-Identifier: Apache-2.0
// The watched folders that a restore writes into. If one is not the folder that was saved (a new
// disk, an empty folder in its place), a file that the restore does not write must not count as
// deleted.
#pragma once

#include <string>
#include <vector>

#include "agent/agent.hpp"

namespace vcs::agent::service {

class FilledFolders {
 public:
  // On the loop: takes the list of the watched folders.
  explicit FilledFolders(const Agent& agent);

  // begin() and wrote_all_of() block; not for the loop. Call begin() before anything is written
  // into `target`, a real path. If a folder is not the one that was saved, all files of its head
  // are owed from then on.
  Result<void> begin(Context& context, const std::string& target);
  // A whole commit of `history` was written into the target, so nothing is owed there any more: a
  // file that the commit does not have is not wanted. After any other restore the next scan settles
  // which files are owed.
  Result<void> wrote_all_of(const history::Repository& history);
  // Files are owed because of this restore.
  bool owes() const;
  // Scans the folders that were written into and owe files: the files may be there by now. From any
  // thread.
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
