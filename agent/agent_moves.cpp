// SPDX-License-Identifier: Apache-2.0
// Moves a history to another folder, or gives it another name, on request.
#include <algorithm>

#include "agent/agent.hpp"
#include "agent/places.hpp"
#include "agent/repository/watched_repository.hpp"
#include "agent/repository/watched_summary.hpp"
#include "config/reload.hpp"
#include "core/base/memory.hpp"
#include "core/history/repository.hpp"

namespace vcs::agent {
namespace {

// Fails if the names in the folder do not fit the last save: it may be the wrong folder.
Result<void> check_likeness(const std::string& folder, const std::string& name,
                            const repository::Likeness& likeness) {
  if (likeness.fits()) return {};
  if (likeness.empty)
    return fail(ErrorCode::precondition_failed,
                "{0} is empty, but the last save of {1} is not; bring its files there first "
                "(vcsctl restore HEAD -r {1} --to FOLDER), or pass --yes if it shall be empty",
                folder, name);
  return fail(ErrorCode::precondition_failed,
              "{} does not look like the folder of {}: {} of the {} names at the top of its last "
              "save are there; if it is the right folder, pass --yes: files that are not there "
              "then count as deleted, and the history keeps them",
              folder, name, likeness.there, likeness.names);
}

// An empty folder may be a disk that is not mounted: its identity is not kept.
std::optional<config::RootIdentity> root_of(const repository::Likeness& likeness) {
  if (likeness.empty && !likeness.same_folder) return std::nullopt;
  return likeness.identity;
}

Failure is_taken(const records::RemovedHistory& history) {
  return fail(ErrorCode::already_exists,
              "a watched folder is called {} by now; give this one another name: vcsctl repo "
              "restore {} --name NAME",
              history.file.name, history.key);
}

Result<records::RemovedHistory> the_only_one(std::vector<records::RemovedHistory> found,
                                             const std::string& wanted) {
  if (found.empty())
    return fail(ErrorCode::not_found,
                "no removed history is called {}; see: vcsctl repo list --removed", wanted);
  if (found.size() == 1) return std::move(found.front());
  std::string keys;
  for (const records::RemovedHistory& each : found) keys += (keys.empty() ? "" : ", ") + each.key;
  return fail(ErrorCode::invalid, "{} removed histories are called {}; name one of: {}",
              found.size(), wanted, keys);
}

}  // namespace

// A request to move, and the findings of the background work.
struct Agent::Journey {
  MoveOrder order;
  std::string name;  // from then on
  RepositoryPtr watched;
  records::RemovedHistory history;  // of a watched repository only its `file`
  std::string data, folder, from;
  repository::Likeness likeness;
};

// Runs in the background. The description of the history names its former folder.
Result<void> Agent::look_at_place(Journey& journey, const Places& places) const {
  auto real = real_folder(journey.order.folder, places);
  if (!real && real.error().code == ErrorCode::not_found)
    return fail(ErrorCode::not_found,
                "{} does not exist; name the folder where the files of {} are now, or make an "
                "empty one to restore them to",
                journey.order.folder, journey.history.file.name);
  if (!real) return tl::unexpected(std::move(real).error());
  journey.folder = std::move(*real);
  VCS_ASSIGN(const auto directory, context_.filesystem.open_directory(journey.folder));
  const config::RepositoryFile& file = journey.history.file;
  std::shared_ptr<history::Repository> repository;
  if (journey.watched) {
    repository = journey.watched->repository();
  } else {
    VCS_ASSIGN(auto own, context_.filesystem.open_directory(journey.data));
    VCS_ASSIGN(repository, history::Repository::open(std::move(own), {}, repository::holder_text(),
                                                     context_.log));
  }
  VCS_ASSIGN(journey.likeness, repository::compare_folder(*directory, file.root, *repository));
  return {};
}

void Agent::move(const RepositoryPtr& repository, const MoveOrder& order, MovedDone done) {
  auto journey = std::make_shared<Journey>();
  journey->order = order;
  journey->name = repository->file().name;
  journey->watched = repository;
  journey->history.file = repository->file();
  journey->data = repository->data();
  journey->from = repository->file().worktree;
  errands_.run(
      loop::Pool::query,
      [this, journey, places = places()] { return look_at_place(*journey, places); },
      [this, journey, done = std::move(done)](Result<void> looked) mutable {
        if (!looked) return done(tl::unexpected(std::move(looked).error()));
        go(journey, std::move(done));
      });
}

Result<void> Agent::look_for_removed(Journey& journey, const std::string& wanted,
                                     const Places& places) {
  const base::Lock lock(removed_mutex_);
  VCS_ASSIGN(
      journey.history,
      the_only_one(records::find_removed(records::list_removed(*repositories_directory_), wanted),
                   wanted));
  journey.data = paths_.repositories + "/" + journey.history.folder;
  journey.from = journey.history.file.worktree;
  if (journey.order.folder.empty()) journey.order.folder = journey.from;
  if (journey.name.empty()) journey.name = journey.history.file.name;
  return look_at_place(journey, places);
}

void Agent::take_back(const std::string& wanted, const std::string& name, const MoveOrder& order,
                      MovedDone done) {
  auto journey = std::make_shared<Journey>();
  journey->order = order;
  journey->name = name;
  errands_.run(
      loop::Pool::query,
      [this, journey, wanted, places = places()] {
        return look_for_removed(*journey, wanted, places);
      },
      [this, journey, done = std::move(done)](Result<void> looked) mutable {
        if (!looked) return done(tl::unexpected(std::move(looked).error()));
        go(journey, std::move(done));
      });
}

// After the background work: checks that the move is allowed and that the folder looks right.
void Agent::go(const std::shared_ptr<Journey>& journey, MovedDone done) {
  const auto check = [&]() -> Result<void> {
    const std::string& name = journey->name;
    if (journey->watched) {
      const auto known = repositories_.find(name);
      if (known == repositories_.end() || known->second != journey->watched)
        return fail(ErrorCode::not_found, "{} was removed or renamed meanwhile", name);
      if (journey->watched->file().worktree == journey->folder)
        return fail(ErrorCode::already_exists, "{} is watched at {} already", name,
                    journey->folder);
      if (journey->watched->is_repairing() || being_renamed_.contains(name) ||
          being_made_.contains(name) || journey->watched->is_moving())
        return fail(ErrorCode::busy, "{} is being repaired, renamed or moved; try again soon",
                    name);
    } else if (name == journey->history.file.name &&
               (repositories_.contains(name) || being_made_.contains(name))) {
      return is_taken(journey->history);
    } else {
      VCS_TRY(free_name(name, ""));
    }
    return check_overlap(journey->folder, journey->watched ? name : "");
  };
  if (auto may = check(); !may) return done(tl::unexpected(std::move(may).error()));
  // A history that is brought back may wait for its files in an empty folder.
  const bool waits = !journey->watched && journey->likeness.empty;
  const auto right = check_likeness(journey->folder, journey->name, journey->likeness);
  if (!right && !waits && !journey->order.confirmed && !journey->order.dry_run)
    return done(tl::unexpected(right.error()));
  go_on(journey, std::move(done));
}

void Agent::go_on(const std::shared_ptr<Journey>& journey, MovedDone done) {
  config::RepositoryFile file = journey->history.file;
  file.name = journey->name;
  file.worktree = journey->folder;
  file.root = root_of(journey->likeness);
  Moved moved{file, journey->data, journey->from, journey->likeness, nullptr};
  if (journey->order.dry_run) return done(std::move(moved));
  if (!journey->watched) {
    journey->history.file = std::move(file);
    return take_up(journey->history, [moved, done](Result<Made> made) mutable {
      if (!made) return done(tl::unexpected(std::move(made).error()));
      moved.repository = made->repository;
      moved.data = made->repository->data();
      done(std::move(moved));
    });
  }
  being_made_[file.name] = file.worktree;
  moved.repository = journey->watched;
  journey->watched->move_to(file.worktree, file.root,
                            [this, moved, done = std::move(done)](const Result<void>& gone) {
                              being_made_.erase(moved.file.name);
                              if (!gone) return done(tl::unexpected(gone.error()));
                              done(moved);
                            });
}

void Agent::rename(const RepositoryPtr& which, const std::string& name,
                   std::function<void(Result<void>)> done) {
  const RepositoryPtr repository =
      which->shared_from_this();  // `which` may refer into the map that changes
  const std::string before = repository->file().name;
  const auto check = [&]() -> Result<void> {
    const auto known = repositories_.find(before);
    if (known == repositories_.end() || known->second != repository)
      return fail(ErrorCode::not_found, "{} was removed meanwhile", before);
    if (name == before) return fail(ErrorCode::invalid, "it is called {} already", name);
    if (name.empty()) return fail(ErrorCode::invalid, "the new name is empty");
    if (being_renamed_.contains(before) || being_made_.contains(before))
      return fail(ErrorCode::busy, "{} is being renamed or moved; try again soon", before);
    VCS_TRY(free_name(name, ""));
    const auto has_section = [&](const std::string& owner) {
      return std::any_of(loaded_.repositories.begin(), loaded_.repositories.end(),
                         [&](const auto& section) { return section.name == owner; });
    };
    if (has_section(before) && !has_section(name))
      return fail(ErrorCode::precondition_failed,
                  "{} has settings for {} only, which would no longer apply; write them for {} as "
                  "well, then run: vcsctl reload",
                  paths_.config_file, before, name);
    return {};
  };
  if (auto may = check(); !may) return done(std::move(may));
  being_renamed_.insert({before, name});
  repositories_.erase(before);
  repositories_[name] = repository;
  repository->rename(
      name, [this, repository, before, name, done = std::move(done)](const Result<void>& saved) {
        being_renamed_.erase(before);
        being_renamed_.erase(name);
        const auto known = repositories_.find(name);
        const bool still = known != repositories_.end() && known->second == repository;
        if (!saved && still) {
          repositories_.erase(known);
          repositories_[before] = repository;
        } else if (saved && still) {
          repository->apply_settings(
              config::reload(loaded_.settings, loaded_.for_repository(name)).settings);
          for (Listener& listener : listeners_)
            if (listener.repository == before) listener.repository = name;
        }
        done(saved);
      });
}

}  // namespace vcs::agent
