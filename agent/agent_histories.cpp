// SPDX-License-Identifier: Apache-2.0
// The life of histories beyond one watch: gone on with where a folder moved or was removed from
// watching.
#include "agent/agent.hpp"
#include "agent/root_guard.hpp"

namespace vcs::agent {
namespace {

using base::ErrorCode;
using base::Result;

std::string last_component(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

// What may go on in `folder`, and how to say so.
base::Failure offer(const std::string& folder, const std::vector<Agent::Resumable>& histories) {
  std::string ways;
  for (const Agent::Resumable& history : histories) {
    ways += fmt::format("; go on with {} ({}): vcsctl init '{}' --name {}", history.file.name,
                        history.suspended ? "suspended, it was watched at " + history.file.worktree
                                          : "no longer watched",
                        folder, history.file.name);
  }
  return base::fail(ErrorCode::precondition_failed,
                    "{} looks like a folder that has a history{}; or begin a new one: vcsctl init "
                    "'{}' --name and a name of its own",
                    folder, ways, folder);
}

}  // namespace

struct Agent::Found {
  std::string folder;  // as the system knows it
  std::vector<Resumable> histories;
};

std::vector<Agent::Resumable> Agent::suspended() const {
  std::vector<Resumable> all;
  for (const auto& [name, repository] : repositories_)
    if (repository->is_suspended())
      all.push_back({repository->file(), repository->data(), 0, repository});
  return all;
}

// In the background.
std::vector<Agent::Resumable> Agent::resumable(base::Directory& folder, const std::string& path,
                                               const std::vector<Resumable>& suspended) const {
  std::vector<Resumable> all;
  for (RemovedHistory& removed : list_removed(*repositories_directory_)) {
    if (removed.file.worktree != path) {
      const auto stat = folder.stat_self();
      if (!stat || removed.file.root != config::RootIdentity{stat->device, stat->inode}) continue;
    }
    all.push_back({std::move(removed.file), paths_.repositories + "/" + removed.folder,
                   removed.expires, nullptr});
  }
  for (const Resumable& history : suspended) {
    const auto repository = history.suspended->repository();
    const auto alike =
        repository ? resembles(folder, history.file.root, *repository) : Result<bool>(false);
    if (alike && *alike) all.push_back(history);
  }
  return all;
}

void Agent::init(const std::string& folder, const std::string& name, MadeDone done) {
  auto found = std::make_shared<Found>();
  auto result = std::make_shared<Result<void>>();
  const auto look = [this, found, folder, suspended = suspended(),
                     places = places()]() -> Result<void> {
    VCS_ASSIGN(found->folder, real_folder(folder, places));
    VCS_ASSIGN(const auto directory, parts_.filesystem.open_directory(found->folder));
    found->histories = resumable(*directory, found->folder, suspended);
    return {};
  };
  parts_.loop.run_in_background(
      Pool::query, [look, result] { *result = base::within_memory(look); },
      [this, found, result, name, done = std::move(done)]() mutable {
        if (!*result) return done(tl::unexpected(std::move(*result).error()));
        init_real(*found, name, std::move(done));
      });
}

// With a folder that was looked at.
void Agent::init_real(const Found& found, const std::string& name, MadeDone done) {
  for (const auto& [known, repository] : repositories_) {
    if (repository->file().worktree != found.folder) continue;
    if (name.empty() || name == known) return done(Made{repository, false});
    return done(
        base::fail(ErrorCode::already_exists, "{} is watched already, as {}", found.folder, known));
  }
  for (const Resumable& history : found.histories)
    if (history.file.name == name) return resume(history, found, std::move(done));
  if (name.empty() && !found.histories.empty()) return done(offer(found.folder, found.histories));
  begin(found.folder, name, std::move(done));
}

void Agent::resume(const Resumable& history, const Found& found, MadeDone done) {
  const auto resumed = [done = std::move(done)](Result<Made> made) {
    if (made) made->created = false;
    done(std::move(made));
  };
  config::RepositoryFile file = history.file;
  if (auto apart = check_overlap(found.folder, file.name); !apart)
    return resumed(tl::unexpected(std::move(apart).error()));
  if (file.worktree != found.folder) file.root.reset();
  file.worktree = found.folder;
  if (history.suspended) return reopen_as(history.suspended, std::move(file), resumed);
  take_up({last_component(history.data), std::move(file), history.expires}, resumed);
}

// `removed.file` is what it shall be from now on.
void Agent::take_up(const RemovedHistory& removed, MadeDone done) {
  if (repositories_.contains(removed.file.name) || being_made_.contains(removed.file.name))
    return done(base::fail(ErrorCode::already_exists, "another folder is called {} by now",
                           removed.file.name));
  being_made_[removed.file.name] = removed.file.worktree;
  auto folder = std::make_shared<Result<std::string>>();
  const auto work = [this, removed]() -> Result<std::string> {
    VCS_ASSIGN(std::string name, bring_back(*repositories_directory_, removed));
    VCS_ASSIGN(const auto directory, repositories_directory_->open_directory(name));
    VCS_TRY(config::write_repository_file(*directory, removed.file));
    return name;
  };
  parts_.loop.run_in_background(
      Pool::query, [folder, work] { *folder = base::within_memory(work); },
      [this, folder, file = removed.file, done = std::move(done)]() mutable {
        if (!*folder) {
          being_made_.erase(file.name);
          return done(tl::unexpected(std::move(*folder).error()));
        }
        open_made(std::move(file), paths_.repositories + "/" + **folder, std::move(done));
      });
}

// Closes it, writes what it shall be from now on, and opens it again: what is saved meanwhile is
// found then.
void Agent::reopen_as(const RepositoryPtr& repository, config::RepositoryFile file, MadeDone done) {
  const auto known = repositories_.find(repository->file().name);
  if (known == repositories_.end() || known->second != repository)
    return done(
        base::fail(ErrorCode::not_found, "{} was removed meanwhile", repository->file().name));
  // What changed while the disk was asked stays: remotes, the brake.
  config::RepositoryFile fresh = repository->file();
  fresh.name = file.name, fresh.worktree = file.worktree, fresh.root = file.root;
  repositories_.erase(known);
  being_made_[fresh.name] = fresh.worktree;
  repository->close([this, before = repository->file(), fresh, data = repository->data(),
                     done = std::move(done)]() mutable {
    auto written = std::make_shared<Result<void>>();
    parts_.loop.run_in_background(
        Pool::query,
        [this, written, data, fresh] {
          auto directory = parts_.filesystem.open_directory(data);
          *written = directory ? config::write_repository_file(**directory, fresh)
                               : Result<void>(tl::unexpected(std::move(directory).error()));
        },
        [this, written, data, before, fresh, done = std::move(done)]() mutable {
          being_made_.erase(fresh.name);
          if (*written) return open_made(std::move(fresh), std::move(data), std::move(done));
          open_made(std::move(before), std::move(data), [](const auto&) {});
          done(tl::unexpected(std::move(*written).error()));
        });
  });
}

}  // namespace vcs::agent
