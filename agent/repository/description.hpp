// SPDX-License-Identifier: Apache-2.0
// The description of a repository, repository.toml: as it is now, and how it is written down.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/loop/errands.hpp"
#include "agent/loop/timer.hpp"
#include "agent/repository/device.hpp"
#include "agent/repository/repository_context.hpp"
#include "config/repository_file.hpp"

namespace vcs::agent::repository {

// Loop thread only. Whoever edits it calls save(), and takes his edit back if that fails: a failed
// save is repeated, with the file as it is by then.
class Description {
 public:
  using Done = std::function<void(Result<void>)>;

  // `errands` and what the context refers to outlive it.
  Description(Context& context, loop::Errands& errands, config::RepositoryFile file,
              std::string data)
      : file_(std::move(file)), data_(std::move(data)), context_{context, errands, file_, data_} {}

  const config::RepositoryFile& file() const { return file_; }
  const config::RepositoryFile* operator->() const { return &file_; }
  config::RepositoryFile& edit() { return file_; }

  const std::string& data() const { return data_; }
  // For the parts of this repository.
  const RepositoryContext& context() const { return context_; }
  // From now on it can be written: into this folder, which is data().
  void opened(std::shared_ptr<base::Directory> directory) { directory_ = std::move(directory); }
  // Writes the file as it is at the beginning of the writing, one after the other.
  void save(Done done);
  // No save is repeated any more.
  void stop();

  // The worktree is this folder.
  void remember_root(const config::RootIdentity& identity);

  // The name under which it copies to its remotes; "" until it was settled.
  std::string device() const;
  // Tells that the repository is a copy, if it is.
  void tell_device(const Device& device) const;
  // Another copy of this repository has used the name `former` at a remote. It keeps it.
  void take_new_device(const std::string& former, std::function<void(Result<std::string>)> done);

 private:
  void write();
  void save_again();

  config::RepositoryFile file_;
  const std::string data_;
  const RepositoryContext context_;
  std::shared_ptr<base::Directory> directory_;
  bool saving_ = false, stopped_ = false;
  std::vector<Done> waiting_;
  loop::Timer again_timer_{context_.agent.loop};
};

}  // namespace vcs::agent::repository
