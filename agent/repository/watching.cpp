// SPDX-License-Identifier: Apache-2.0
// One watcher at a time; events of an older one are dropped, because their generation is old.
#include "agent/repository/watching.hpp"

#include <algorithm>
#include <cassert>
#include <set>
#include <utility>

#include "agent/places.hpp"
#include "agent/repository/root_guard.hpp"
#include "agent/schedule/poll_pause.hpp"
#include "agent/watch/watch_filter.hpp"
#include "core/base/duration.hpp"
#include "core/object/tree_paths.hpp"

namespace vcs::agent::repository {
namespace {

// A root that is away is sought soon at first, and then less often.
constexpr base::Nanos kFirstRootDelay = std::chrono::milliseconds(100);
constexpr base::Nanos kLongestRootDelay = std::chrono::seconds(2);
// Up to so many folders are walked one by one; with more, the whole tree is walked.
constexpr std::size_t kMostWatchedAnew = 64;
// At most so many folders get a watch after one scan.
constexpr std::size_t kMostPreferred = 256;

const char* describe(watch::RootEvent event) {
  switch (event) {
    case watch::RootEvent::moved:
      return "the folder was moved away";
    case watch::RootEvent::unmounted:
      return "its filesystem was unmounted";
    case watch::RootEvent::lost_track:
      return "there was not enough memory to follow what happens in the folder";
    case watch::RootEvent::gone:
      break;
  }
  return "the folder is not in its place";
}

// The folders that these paths lie in, at most `most` of them.
std::set<std::string> folders_of(const std::vector<std::string>& paths, std::size_t most) {
  std::set<std::string> folders;
  for (const std::string& path : paths) {
    folders.emplace(object::parent_path(path));
    if (folders.size() == most) break;
  }
  return folders;
}

}  // namespace

struct Watching::Start {
  config::RootIdentity root;
  Result<void> watching;
  watch::StorageKind storage = watch::StorageKind::unknown;
};

void Watching::start() {
  assert(agent_.loop.here());
  starting_ = true;
  const std::shared_ptr<watch::Watcher> watcher = agent_.make_watcher();
  const std::uint64_t generation = ++*generation_;
  ground_.folder.begin();
  ground_.context().errands.run(
      loop::Pool::compute,
      [&agent = agent_, watcher, ignore = ground_.ignore, sink = make_sink(),
       known = ground_.description->root, worktree = ground_.description->worktree,
       honor_gitignore = ground_.settings.watch.honor_gitignore, history = ground_.history,
       cookies = ground_.context().data + "/" + kCookieFolder,
       places = agent_.places()]() -> Result<Start> {
        VCS_TRY(places.check_watched(agent.filesystem, worktree));
        // `root` is closed here: an open folder would keep its filesystem from being unmounted.
        VCS_ASSIGN(const GuardedRoot root,
                   open_guarded_root(agent.filesystem, worktree, known, *history));
        auto filter = watch::make_watch_filter(agent.filesystem, worktree, ignore, honor_gitignore);
        return Start{root.identity, watcher->start(worktree, cookies, sink, std::move(filter)),
                     agent.storage_of(worktree)};
      },
      [this, watcher, generation](const Result<Start>& start) mutable {
        start_ended(std::move(watcher), generation, start);
      });
}

void Watching::start_ended(std::shared_ptr<watch::Watcher> watcher, std::uint64_t generation,
                           const Result<Start>& start) {
  starting_ = false;
  if (generation != *generation_) {
    let_go(std::move(watcher));
  } else if (!start) {
    events_.root_is_away(start.error().message);
  } else {
    storage_ = start->storage;
    root_delay_ = {};
    ground_.description.remember_root(start->root);
    report(start->watching);
    watcher_ = start->watching ? std::move(watcher) : nullptr;
    events_.started();
    call_waiting();
    events_.settled();
  }
  call_waiting();
  ground_.folder.end();
}

void Watching::report(const Result<void>& watching) {
  const std::string problem = watching ? std::string() : watching.error().message;
  if (!problem.empty() && problem_ != problem)
    agent_.log.warning("{}: cannot watch: {}; the folder is scanned every {} instead",
                       ground_.description->name, problem,
                       base::format_duration(ground_.settings.watch.poll_interval));
  problem_ = problem;
}

void Watching::call_waiting() {
  for (const auto& then : std::exchange(waiting_, {})) then();
}

// The watcher's thread calls the sink, which only posts to the loop.
watch::WatchSink Watching::make_sink() {
  const auto on_loop = [&loop = agent_.loop, live = generation_,
                        generation = *generation_](auto action) {
    loop.post([live, generation, action = std::move(action)]() mutable {
      if (*live == generation) action();
    });
  };
  watch::WatchSink sink;
  sink.changes = [this, on_loop](std::vector<watch::Change> batch) {
    on_loop([this, batch = std::move(batch)] { events_.changed(batch); });
  };
  sink.proven = [this, on_loop](watch::ProofToken token) {
    on_loop([this, token] { sync_point_.proven(token); });
  };
  sink.root = [this, on_loop](watch::RootEvent event) {
    on_loop([this, event] { events_.root_is_away(describe(event)); });
  };
  return sink;
}

void Watching::drop() {
  assert(agent_.loop.here());
  ++*generation_;
  if (!watcher_) return;
  lost_events_ += watcher_->usage().lost_events;
  let_go(std::exchange(watcher_, nullptr));
}

// Joining the watcher's thread may take a moment: not on the loop.
void Watching::let_go(std::shared_ptr<watch::Watcher> watcher) {
  loop::Errands::send_off(agent_.loop, loop::Pool::query,
                          [watcher = std::move(watcher)]() mutable { watcher = nullptr; });
}

void Watching::stop() {
  assert(agent_.loop.here());
  stopped_ = true;
  drop();
  poll_timer_.stop();
  root_timer_.stop();
}

void Watching::look_for_root() {
  assert(agent_.loop.here());
  root_delay_ = std::clamp(2 * root_delay_, kFirstRootDelay, kLongestRootDelay);
  root_timer_.start(root_delay_, [this] { seek_root(); });
}

void Watching::seek_root() {
  ground_.folder.begin();
  ground_.context().errands.run(
      loop::Pool::query,
      [&agent = agent_, known = ground_.description->root, history = ground_.history,
       worktree = ground_.description->worktree, places = agent_.places()]() -> Result<void> {
        VCS_TRY(open_guarded_root(agent.filesystem, worktree, known, *history));
        return places.check_watched(agent.filesystem, worktree);
      },
      [this, generation = *generation_](const Result<void>& found) {
        ground_.folder.end();
        if (generation != *generation_) return;
        found ? events_.root_is_back() : events_.root_is_away(found.error().message);
      });
}

void Watching::prove(std::function<void()> then) {
  assert(agent_.loop.here());
  // While the watches are being set, the scan that follows is the proof.
  if (starting_) return waiting_.push_back(std::move(then));
  if (polls()) {
    events_.look_at_everything();
    return then();
  }
  await_events([this, then = std::move(then)](bool proven) {
    if (!proven && !stopped_) {
      agent_.log.warning("{}: the watcher did not answer in time; the folder is scanned instead",
                         ground_.description->name);
      events_.look_at_everything();
    }
    then();
  });
}

// Only while some folder has no watch: an agent whose folders are all watched sleeps.
void Watching::arm_polling() {
  poll_timer_.stop();
  if (!polls()) return;
  const base::Nanos pause =
      schedule::poll_pause(ground_.settings.watch.poll_interval, last_full_look_);
  poll_timer_.start(pause, [this] {
    arm_polling();
    if (events_.may_poll()) poll();
  });
}

void Watching::poll() {
  if (!watcher_) return events_.no_watcher();
  events_.look_at_everything();
  watcher_->regain();
}

std::uint64_t Watching::polled_folders() const {
  return watcher_ ? watcher_->usage().polled_folders : 0;
}

watch::WatchUsage Watching::usage() const {
  watch::WatchUsage usage;
  if (watcher_) usage = watcher_->usage();
  usage.lost_events += lost_events_;
  return usage;
}

// There a watch may be missing or belong to another folder. If all is well, this only costs a walk
// of these folders.
void Watching::watch_anew(const std::vector<std::string>& missed) {
  assert(agent_.loop.here());
  if (polls()) return;
  const std::set<std::string> folders = folders_of(missed, kMostWatchedAnew + 1);
  if (folders.size() > kMostWatchedAnew) return watcher_->refresh("");
  for (const std::string& folder : folders) watcher_->refresh(folder);
}

// A folder that changed once is likely to change again soon.
void Watching::prefer_folders_of(const std::vector<std::string>& changed) {
  assert(agent_.loop.here());
  if (changed.empty() || polled_folders() == 0) return;
  const std::set<std::string> folders = folders_of(changed, kMostPreferred);
  watcher_->prefer({folders.begin(), folders.end()});
}

}  // namespace vcs::agent::repository
