// SPDX-License-Identifier: Apache-2.0
// Removes and lists histories, and lets init go on with the history of a folder that was moved or
// removed from watching.
#include "agent/agent.hpp"
#include "agent/places.hpp"
#include "agent/repository/watched_repository.hpp"
#include "agent/repository/watched_summary.hpp"
#include "core/base/memory.hpp"
#include "core/history/repository.hpp"
#include "core/object/tree_paths.hpp"

namespace vcs::agent {
namespace {

std::string standing(const Agent::Resumable& resumable) {
  if (resumable.watched) return "it was watched at " + resumable.history.file.worktree;
  return resumable.history.expires == base::UnixNanos{} ? "no longer watched"
                                                        : "it is to be deleted";
}

// The error that lists the histories that may go on in `folder`, and the command for each.
Failure offer(const std::string& folder, const std::vector<Agent::Resumable>& histories) {
  std::string ways;
  for (const Agent::Resumable& each : histories) {
    const std::string& name = each.history.file.name;
    ways += fmt::format("; go on with {} ({}): vcsctl init '{}' --name {}", name, standing(each),
                        folder, name);
  }
  return fail(ErrorCode::precondition_failed,
              "{} looks like a folder that has a history{}; or begin a new one: vcsctl init "
              "'{}' --new",
              folder, ways, folder);
}

bool is_folder(base::FileSystem& filesystem, const std::string& path,
               const config::RootIdentity& identity) {
  const auto stat = filesystem.stat(path);
  return stat && identity.is({stat->device, stat->inode});
}

}  // namespace

struct Agent::Found {
  std::string folder;  // its real path
  std::vector<Resumable> histories;
};

std::vector<Agent::Resumable> Agent::watched() const {
  std::vector<Resumable> all;
  for (const auto& [name, repository] : repositories_) {
    if (!repository->repository()) continue;
    Resumable resumable;
    resumable.history.file = repository->file();
    resumable.history.key = object::base_name(repository->data());
    resumable.data = repository->data();
    resumable.watched = repository;
    resumable.certain = !repository->is_suspended();  // a suspended one may have been replaced
    all.push_back(std::move(resumable));
  }
  return all;
}

// Runs in the background. Includes watched repositories that are suspended and whose folder looks
// like this one, and those whose very folder is here by now.
std::vector<Agent::Resumable> Agent::resumable(base::Directory& folder, const std::string& path,
                                               const std::vector<Resumable>& watched) {
  std::vector<Resumable> all;
  const auto stat = folder.stat_self();
  if (!stat) return all;
  const config::RootIdentity identity = repository::identity_of(folder, *stat);
  const auto is_it = [&](const std::optional<config::RootIdentity>& root) {
    return root && root->is(identity);
  };
  const base::Lock lock(removed_mutex_);
  for (records::RemovedHistory& removed : records::list_removed(*repositories_directory_)) {
    if (removed.file.worktree != path && !is_it(removed.file.root)) continue;
    Resumable resumable;
    resumable.data = paths_.repositories + "/" + removed.folder;
    resumable.certain = removed.expires == base::UnixNanos{};
    resumable.history = std::move(removed);
    all.push_back(std::move(resumable));
  }
  for (Resumable each : watched) {
    const config::RepositoryFile& file = each.history.file;
    const bool same = is_it(file.root);
    if (each.certain && (!same || is_folder(context_.filesystem, file.worktree, identity)))
      continue;
    const auto likeness =
        repository::compare_folder(folder, file.root, *each.watched->repository());
    if (!likeness || !likeness->resembles()) continue;
    each.certain = same;
    all.push_back(std::move(each));
  }
  return all;
}

// Runs in the background.
void Agent::look_into(Resumable& history) const {
  const auto fill = [&](history::Repository& repository) -> Result<void> {
    VCS_ASSIGN(const auto summary, repository::Summary::of(repository));
    history.commits = summary->commit.sequence;
    history.head_time = summary->commit.time;
    history.bytes = summary->store.bytes_stored;
    return {};
  };
  const auto work = [&]() -> Result<void> {
    if (history.watched) return fill(*history.watched->repository());
    VCS_ASSIGN(auto own, context_.filesystem.open_directory(history.data));
    VCS_ASSIGN(
        const auto repository,
        history::Repository::open(std::move(own), {}, repository::holder_text(), context_.log));
    return fill(*repository);
  };
  if (const auto looked = base::within_memory(work); !looked)
    history.problem = looked.error().message;
}

void Agent::histories(const std::string& folder, ResumableDone done) {
  auto look = [this, folder, watched = watched(),
               places = places()]() -> Result<std::vector<Resumable>> {
    std::vector<Resumable> all;
    if (!folder.empty()) {
      VCS_ASSIGN(const std::string real, real_folder(folder, places));
      for (const Resumable& each : watched)
        if (each.history.file.worktree == real) return all;
      VCS_ASSIGN(const auto directory, context_.filesystem.open_directory(real));
      all = resumable(*directory, real, watched);
    }
    const base::Lock lock(removed_mutex_);
    if (folder.empty()) {
      for (records::RemovedHistory& removed : records::list_removed(*repositories_directory_)) {
        Resumable resumable;
        resumable.data = paths_.repositories + "/" + removed.folder;
        resumable.history = std::move(removed);
        all.push_back(std::move(resumable));
      }
    }
    for (Resumable& each : all) look_into(each);
    return all;
  };
  loop::run_for_result(context_.loop, loop::Pool::query, std::move(look), std::move(done));
}

void Agent::init(const std::string& folder, const std::string& name, MadeDone done,
                 const Beginning& beginning) {
  errands_.run(
      loop::Pool::query,
      [this, folder, anew = beginning.anew, watched = watched(),
       places = places()]() -> Result<Found> {
        Found found;
        VCS_ASSIGN(found.folder, real_folder(folder, places));
        VCS_ASSIGN(const auto directory, context_.filesystem.open_directory(found.folder));
        if (!anew) found.histories = resumable(*directory, found.folder, watched);
        return found;
      },
      [this, name, key = beginning.history, done = std::move(done)](Result<Found> found) mutable {
        if (!found) return done(tl::unexpected(std::move(found).error()));
        init_real(*found, name, key, std::move(done));
      });
}

// Goes on with init after the background work has read the folder.
void Agent::init_real(const Found& found, const std::string& name, const std::string& key,
                      MadeDone done) {
  for (const auto& [known, repository] : repositories_) {
    if (repository->file().worktree != found.folder) continue;
    if (name.empty() || name == known) return done(Made{repository, false});
    return done(fail(ErrorCode::already_exists,
                     "{0} is watched already, as {1}; to call it {2}: vcsctl repo rename {1} "
                     "{2}",
                     found.folder, known, name));
  }
  for (const Resumable& each : found.histories)
    if (key.empty() ? each.history.file.name == name : each.history.key == key)
      return resume(each, found, std::move(done));
  if (!key.empty())
    return done(fail(ErrorCode::not_found, "no history with the key {} can continue in {}", key,
                     found.folder));
  if (name.empty() && found.histories.size() == 1 && found.histories.front().certain)
    return resume(found.histories.front(), found, std::move(done));
  if (name.empty() && !found.histories.empty()) return done(offer(found.folder, found.histories));
  begin(found.folder, name, std::move(done));
}

void Agent::resume(const Resumable& resumable, const Found& found, MadeDone done) {
  const auto resumed = [done = std::move(done)](Result<Made> made) {
    if (made) made->created = false, made->resumed = true;
    done(std::move(made));
  };
  records::RemovedHistory history = resumable.history;
  if (resumable.watched) {
    return move(resumable.watched, {found.folder, true, false}, [resumed](Result<Moved> moved) {
      resumed(std::move(moved).map([](const Moved& gone) { return Made{gone.repository}; }));
    });
  }
  if (auto apart = check_overlap(found.folder, history.file.name); !apart)
    return resumed(tl::unexpected(std::move(apart).error()));
  if (history.file.worktree != found.folder) history.file.root.reset();
  history.file.worktree = found.folder;
  take_up(history, resumed);
}

// `removed.file` is its description from now on.
void Agent::take_up(const records::RemovedHistory& removed, MadeDone done) {
  if (auto free = free_name(removed.file.name, ""); !free)
    return done(tl::unexpected(std::move(free).error()));
  being_made_[removed.file.name] = removed.file.worktree;
  errands_.run(
      loop::Pool::query,
      [this, removed] {
        const base::Lock lock(removed_mutex_);
        return records::bring_back(*repositories_directory_, removed);
      },
      [this, file = removed.file, done = std::move(done)](Result<std::string> folder) mutable {
        if (!folder) {
          being_made_.erase(file.name);
          return done(tl::unexpected(std::move(folder).error()));
        }
        open_made(std::move(file), paths_.repositories + "/" + *folder, std::move(done));
      });
}

void Agent::remove(const RepositoryPtr& which, Removal removal,
                   std::function<void(Result<records::RemovedHistory>)> done) {
  const RepositoryPtr repository =
      which->shared_from_this();  // `which` may refer into the map that changes
  repositories_.erase(repository->file().name);
  repository->close([this, repository, removal, done = std::move(done)]() mutable {
    records::RemovedHistory removed;
    removed.folder = removed.key = object::base_name(repository->data());
    removed.file = repository->file();
    removed.removed = context_.clock.now();
    if (removal == Removal::deletes_later)
      removed.expires = removed.removed + records::kRemovedKept;
    auto work = [this, removal, removed]() mutable -> Result<records::RemovedHistory> {
      const base::Lock lock(removed_mutex_);
      base::Directory& all = *repositories_directory_;
      if (removal == Removal::keeps) {
        VCS_TRY(records::take_out(all, removed.folder));
      } else if (removal == Removal::deletes_later) {
        VCS_ASSIGN(removed.folder, records::put_aside(all, removed.folder, removed.expires));
      } else {
        VCS_ASSIGN(removed.folder, records::doom(all, removed.folder));
        VCS_TRY(base::remove_tree(all, removed.folder));
      }
      return removed;
    };
    loop::run_for_result(context_.loop, loop::Pool::query, std::move(work), std::move(done));
  });
}

}  // namespace vcs::agent
