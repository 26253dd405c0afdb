// SPDX-License-Identifier: Apache-2.0
// Searches histories for the files that stand in a restore's target.
#include "agent/service/standing_files.hpp"

#include <algorithm>
#include <future>

#include "agent/places.hpp"
#include "agent/repository/watched_repository.hpp"
#include "core/history/history.hpp"
#include "core/object/tree_paths.hpp"
#include "core/snapshot/snapshot_types.hpp"
#include "ipc/messages/common.hpp"
#include "ipc/messages/status.hpp"

namespace vcs::agent::service {

using object::is_at_or_below;
using object::TreeEntry;

namespace {

// After so many snapshots, a file that changes again and again is not replaced.
constexpr int kMostRounds = 3;

// The part of `path` below `folder`, or "".
std::string below(const std::string& path, const std::string& folder) {
  if (path.size() <= folder.size()) return {};
  return path.substr(folder.empty() || folder == "/" ? folder.size() : folder.size() + 1);
}

}  // namespace

std::string StandingFiles::Place::path_of(const std::string& path) const {
  const std::string rest = vcs::agent::service::below(path, below);
  if (prefix.empty() || rest.empty()) return prefix + rest;
  return prefix + "/" + rest;
}

StandingFiles::StandingFiles(Agent& agent, std::function<bool()> cancelled)
    : agent_(agent), cancelled_(std::move(cancelled)) {
  for (const auto& [name, repository] : agent.repositories())
    watched_.emplace_back(repository, repository->file().worktree);
}

void StandingFiles::begin(const std::string& target, std::shared_ptr<history::Repository> source) {
  source_ = std::move(source);
  for (const auto& [watched, folder] : watched_) {
    Place place;
    place.watched = watched;
    if (lies_in(target, folder))
      place.prefix = below(target, folder);
    else if (lies_in(folder, target))
      place.below = below(folder, target);
    else
      continue;
    bring_up_to_date(place);
    places_.push_back(std::move(place));
  }
}

std::string StandingFiles::before() const {
  const Place* place = place_of("");
  return place != nullptr && !place->head.is_zero() ? place->head.hex() : std::string();
}

const StandingFiles::Place* StandingFiles::place_of(const std::string& path) const {
  for (const Place& place : places_)
    if (is_at_or_below(path, place.below)) return &place;
  return nullptr;
}

// A history that cannot be brought up to date is still searched.
bool StandingFiles::bring_up_to_date(Place& place) {
  struct Answer {
    Result<void> result;
    std::shared_ptr<history::Repository> repository;
    std::map<std::string, std::string> problems;
  };
  const auto answered = std::make_shared<std::promise<Answer>>();
  auto answer = answered->get_future();
  agent_.context().loop.post([watched = place.watched, answered] {
    watched->when_open([watched, answered](const Result<void>& opened) {
      if (!opened) return answered->set_value({opened, nullptr, {}});
      watched->commit("", false,
                      [watched, answered](const Result<snapshot::SnapshotOutcome>& made) {
                        Answer got{made.map([](const auto&) {}), watched->repository(), {}};
                        for (const ipc::ProblemPath& problem : watched->status().problems)
                          got.problems.emplace(problem.path, problem.reason);
                        answered->set_value(std::move(got));
                      });
    });
  });
  while (answer.wait_for(std::chrono::milliseconds(50)) != std::future_status::ready)
    if (cancelled_()) return false;
  Answer got = answer.get();
  place.trouble = got.result ? std::string() : got.result.error().message;
  if (!got.repository) return false;
  place.repository = std::move(got.repository);
  place.problems = std::move(got.problems);
  if (const auto head = place.repository->head()) {
    const auto step = history::read_step(*place.repository, *head);
    if (!step) return place.trouble = step.error().message, false;
    place.head = *head;
    place.tree = step->commit.tree;
  }
  return got.result.has_value();
}

Result<bool> StandingFiles::has(const std::string& path, const IsIt& is_it) {
  const Place* place = place_of(path);
  if (place == nullptr) return source_ ? is_in_history(*source_, path, is_it) : Result<bool>(false);
  if (!place->repository) return false;
  const std::string there = place->path_of(path);
  VCS_ASSIGN(const auto entry, find_entry(place->repository->nodes(), place->tree, there));
  if (entry) {
    VCS_ASSIGN(const bool is_head, is_it(place->repository->store(), *entry));
    if (is_head) return true;
  }
  // A file newer than the head is in the next one: the rest of the history is searched only after a
  // new snapshot did not have it.
  return rounds_ > 0 ? is_in_history(*place->repository, there, is_it) : Result<bool>(false);
}

Result<bool> StandingFiles::is_in_history(history::Repository& repository, const std::string& path,
                                          const IsIt& is_it) {
  const auto head = repository.head();
  if (!head) return false;
  VCS_ASSIGN(history::CommitStep step, history::read_step(repository, *head));
  Result<bool> found = false;
  VCS_TRY(history::visit_history(
      repository, std::move(step), path,
      [&](const history::CommitStep& commit) {
        const auto entry = find_entry(repository.nodes(), commit.commit.tree, path);
        if (!entry) return true;  // a damaged tree; another commit may have it
        if (*entry) found = is_it(repository.store(), **entry);
        return found && !*found;
      },
      cancelled_));
  return found;
}

bool StandingFiles::catch_up() {
  ++rounds_;
  if (rounds_ >= kMostRounds || cancelled_()) return false;
  bool any = false;
  for (Place& place : places_) any = bring_up_to_date(place) || any;
  return any;
}

std::string StandingFiles::why_not(const std::string& path) {
  const Place* place = place_of(path);
  if (place == nullptr)
    return "what stands there is in no history and would be lost; move it away first";
  const auto because = [](const std::string& why) {
    return "what stands there is in no commit and would be lost: " + why;
  };
  if (!place->trouble.empty()) return because("it could not be saved first: " + place->trouble);
  const std::string there = place->path_of(path);
  for (const auto& [problem, why] : place->problems)
    if (is_at_or_below(there, problem)) return because(why);
  const auto entry = find_entry(place->repository->nodes(), place->tree, there);
  if (entry && *entry) return because("it changes again and again");
  return because("it is ignored; move it away first");
}

}  // namespace vcs::agent::service
