// SPDX-License-Identifier: Apache-2.0
// The system lists the held files; snapshots have met the files with several names.
#include "agent/repository/silent_writes.hpp"

#include <sys/stat.h>
#include <cassert>

#include <algorithm>
#include <utility>

#include "agent/watch/held_files.hpp"
#include "core/snapshot/shared_files.hpp"
#include "core/worktree/tree_scanner.hpp"

namespace vcs::agent::repository {
namespace {

// A mapped file up to this size is read, because its times change only with the first write to a
// page since that page went to disk. A larger one is compared by its times alone.
constexpr std::uint64_t kLargestMapped = std::uint64_t{256} << 20;

// So many files with several names are examined at a sync point; the others follow later.
constexpr std::size_t kMostLinkedAtOnce = 2048;

using Seen = SilentWrites::Seen;

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

// Examines `most` of the names, beginning at `from`; after the last name comes the first.
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
    const base::UnixNanos now(std::chrono::seconds(stat.st_ctim.tv_sec) +
                              base::Nanos(stat.st_ctim.tv_nsec));
    if (!there || now != ctime) seen.marks.push_back({name, false});
  }
  if (at != names.end()) seen.next = at->first;
}

}  // namespace

SilentWrites::Look SilentWrites::look() const {
  return look(context_.agent.clock.steady(), kMostLinkedAtOnce);
}

// `since`: a listing of held files from before is too old. `most`: of the files with several names.
SilentWrites::Look SilentWrites::look(base::SteadyNanos since, std::size_t most) const {
  if (!context_.agent.held_files) return nullptr;
  return [since, most, held = context_.agent.held_files, worktree = context_.file.worktree,
          linked = linked_, from = next_linked_] {
    Seen seen;
    look_at_held(worktree, *held->since(since), seen);
    if (linked) look_at_linked(worktree, *linked, from, most, seen);
    return seen;
  };
}

void SilentWrites::saw(Seen seen) {
  assert(context_.agent.loop.here());
  next_linked_ = std::move(seen.next);
  if (!linked_ || seen.single.empty()) return;
  if (linked_.use_count() > 1) linked_ = std::make_shared<LinkedNames>(*linked_);
  for (const std::string& path : seen.single) linked_->erase(path);
}

// In addition to the sync points, because there may be none for days.
void SilentWrites::look_every(base::Nanos pause) {
  assert(context_.agent.loop.here());
  timer_.stop();
  if (!context_.agent.held_files || pause.count() == 0) return;
  timer_.start(pause, [this, pause] {
    look_every(pause);
    // One listing of held files serves all repositories.
    const base::SteadyNanos since = context_.agent.clock.steady() - pause / 2;
    context_.errands.run(
        loop::Pool::query,
        [look = look(since, worktree::kMostSharedFiles)] { return Result<Seen>(look()); },
        [this](Result<Seen> seen) {
          if (!seen) return;
          if (!seen->marks.empty()) found_(std::exchange(seen->marks, {}));
          saw(std::move(*seen));
        });
  });
}

void SilentWrites::remember(const snapshot::SnapshotOutcome& outcome) {
  assert(context_.agent.loop.here());
  if (!outcome.full && outcome.linked.empty()) return;
  auto names = outcome.full || !linked_  ? std::make_shared<LinkedNames>()
               : linked_.use_count() > 1 ? std::make_shared<LinkedNames>(*linked_)
                                         : linked_;
  for (const worktree::LinkedFile& file : outcome.linked)
    if (names->size() < worktree::kMostSharedFiles) (*names)[file.path] = file.ctime;
  linked_ = names->empty() ? nullptr : std::move(names);
}

}  // namespace vcs::agent::repository
