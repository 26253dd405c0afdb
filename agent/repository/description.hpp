// SPDX-License-Identifier: Apache-2.0
// The description of a repository: holds it in memory, and writes it to repository.toml.
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

// Loop thread only. After an edit the caller calls save(), and undoes the edit if that fails: a
// failed save is repeated later with the description as it is then.
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
  // Gives it the open folder data(), into which it is written from now on.
  void opened(std::shared_ptr<base::Directory> directory) { directory_ = std::move(directory); }
  // Writes the description as it is when the write begins. Writes follow one after the other.
  void save(Done done);
  // Repeats no failed save any more.
  void stop();

  // Stores the identity of the worktree's folder.
  void remember_root(const config::RootIdentity& identity);

  // The name under which it copies to its remotes; "" until it is settled.
  std::string device() const;
  // Warns if the repository is a copy.
  void tell_device(const Device& device) const;
  // Another copy of this repository has used the name `former` at a remote and keeps it. Takes a
  // new name, saves it, and gives it to `done`.
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
