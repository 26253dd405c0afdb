// SPDX-License-Identifier: Apache-2.0
// Looks at files that may have been written without an event: those that somebody holds open or
// mapped, and those that have a name elsewhere. At each sync point, and once in a while.
#include <sys/stat.h>

#include "agent/repository/watched_repository.hpp"
#include "core/snapshot/shared_files.hpp"
#include "core/worktree/tree_scanner.hpp"

namespace vcs::agent::repository {
namespace {

using worktree::Mark;

// A mapped file is read, because its times tell only of the first write to a page since that was
// last put on the disk. A larger one is looked at by its times alone.
constexpr std::uint64_t kLargestMapped = std::uint64_t{256} << 20;

// What has to be looked at, and what has no other names any more.
struct Seen {
  std::vector<Mark> marks;
  std::vector<std::string> single;
  std::string next;  // name
};

std::string below(const std::string& worktree, const std::string& path) {
  const std::size_t size = worktree.ends_with('/') ? worktree.size() : worktree.size() + 1;
  return path.starts_with(worktree) && path.size() > size && path[size - 1] == '/'
             ? path.substr(size)
             : std::string();
}

void look_at_held(const std::string& worktree, const std::vector<watch::HeldFile>& files,
                  Seen& seen) {
  for (const watch::HeldFile& file : files) {
    std::string path = below(worktree, file.path);
    struct stat stat {};
    if (path.empty() || lstat(file.path.c_str(), &stat) != 0 || !S_ISREG(stat.st_mode)) continue;
    const bool by_times = static_cast<std::uint64_t>(stat.st_size) > kLargestMapped;
    seen.marks.push_back({std::move(path), false, file.mapped && !by_times});
  }
}

// `most` of the names, from `from` on, and from the first one again.
void look_at_linked(const std::string& worktree,
                    const std::map<std::string, base::UnixNanos>& names, const std::string& from,
                    std::size_t most, Seen& seen) {
  auto at = names.lower_bound(from);
  for (std::size_t left = std::min(most, names.size()); left > 0; --left, ++at) {
    if (at == names.end()) at = names.begin();
    const auto& [name, ctime] = *at;
    struct stat stat {};
    const bool there = lstat((worktree + "/" + name).c_str(), &stat) == 0;
    if (!there || stat.st_nlink < 2) seen.single.push_back(name);
    const base::UnixNanos now = stat.st_ctim.tv_sec * 1'000'000'000 + stat.st_ctim.tv_nsec;
    if (!there || now != ctime) seen.marks.push_back({name, false});
  }
  if (at != names.end()) seen.next = at->first;
}

}  // namespace

// `since`: what was found out before is too old. `most` of the files with several names. `then` is
// told whether a snapshot has to look at some.
void WatchedRepository::look_at_held_files(base::SteadyNanos since, std::size_t most,
                                           std::function<void(bool found)> then) {
  if (!context_.held_files || (state_ != State::watching && state_ != State::scanning))
    return then(false);
  auto self = shared_from_this();
  auto seen = std::make_shared<Seen>();
  ++in_background_;
  context_.loop.run_in_background(
      loop::Pool::query,
      [seen, since, most, held = context_.held_files, worktree = file_.worktree, linked = linked_,
       from = next_linked_] {
        look_at_held(worktree, *held->since(since), *seen);
        if (linked) look_at_linked(worktree, *linked, from, most, *seen);
      },
      [this, self, seen, then = std::move(then)] {
        --in_background_;
        next_linked_ = seen->next;
        forget_linked(seen->single);
        if (scheduler_ && state_ != State::closed)
          for (const Mark& mark : seen->marks) scheduler_->look_at(mark);
        then(!seen->marks.empty());
        finish_close();
      });
}

void WatchedRepository::remember_linked(const snapshot::SnapshotOutcome& outcome) {
  if (!outcome.full && outcome.linked.empty()) return;
  auto names = outcome.full || !linked_  ? std::make_shared<LinkedNames>()
               : linked_.use_count() > 1 ? std::make_shared<LinkedNames>(*linked_)
                                         : linked_;
  for (const worktree::LinkedFile& file : outcome.linked)
    if (names->size() < worktree::kMostSharedFiles) (*names)[file.path] = file.ctime;
  linked_ = names->empty() ? nullptr : std::move(names);
}

void WatchedRepository::forget_linked(const std::vector<std::string>& paths) {
  if (!linked_ || paths.empty()) return;
  if (linked_.use_count() > 1) linked_ = std::make_shared<LinkedNames>(*linked_);
  for (const std::string& path : paths) linked_->erase(path);
}

// Beside the sync points: nobody may ask for one for days.
void WatchedRepository::arm_held_files() {
  held_timer_.stop();
  const base::Nanos pause = settings_.watch.unstable_interval;
  if (!context_.held_files || pause.count() == 0) return;
  held_timer_.start(pause, [this, pause] {
    arm_held_files();
    if (state_ != State::watching) return;
    // One look serves all folders.
    const base::SteadyNanos since = context_.clock.steady() - pause.count() / 2;
    look_at_held_files(since, worktree::kMostSharedFiles, [](bool) {});
  });
}

}  // namespace vcs::agent::repository
