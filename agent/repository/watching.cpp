// SPDX-License-Identifier: Apache-2.0
// One watcher at a time; what an older one still tells is dropped by its generation.
#include "agent/repository/watching.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "agent/repository/root_guard.hpp"
#include "agent/schedule/poll_pause.hpp"
#include "agent/watch/watch_filter.hpp"
#include "core/base/duration.hpp"
#include "core/object/tree_paths.hpp"

namespace vcs::agent::repository {
namespace {

using base::Result;

// A root that is away is looked for soon, and then less often.
constexpr base::Nanos kFirstRootDelay = std::chrono::milliseconds(100);
constexpr base::Nanos kLongestRootDelay = std::chrono::seconds(2);
// Folders that are walked one by one; where there are more, everything is.
constexpr std::size_t kMostWatchedAnew = 64;
// Folders that get a watch after one look, at most.
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

}  // namespace

struct Watching::Start {
  config::RootIdentity root;
  Result<void> watching;
  watch::StorageKind storage = watch::StorageKind::unknown;
};

void Watching::start(std::shared_ptr<const worktree::IgnorePatterns> ignore) {
  starting_ = true;
  const std::shared_ptr<watch::Watcher> watcher = parts_.context.agent.make_watcher();
  const std::uint64_t generation = ++*generation_;
  parts_.folder.begin();
  parts_.context.errands.run(
      loop::Pool::compute,
      [&agent = parts_.context.agent, watcher, ignore = std::move(ignore), sink = make_sink(),
       known = parts_.description->root, worktree = parts_.description->worktree,
       honor_gitignore = parts_.settings.watch.honor_gitignore, history = parts_.history,
       cookies = parts_.context.data + "/" + kCookieFolder,
       places = parts_.context.agent.places()]() -> Result<Start> {
        VCS_TRY(places.check_watched(agent.filesystem, worktree));
        // The open folder ends here: it would keep its filesystem from being unmounted.
        VCS_ASSIGN(const GuardedRoot root,
                   open_guarded_root(agent.filesystem, worktree, known, *history));
        auto filter = watch::make_watch_filter(agent.filesystem, worktree, ignore, honor_gitignore);
        return Start{root.identity, watcher->start(worktree, cookies, sink, std::move(filter)),
                     agent.storage_of(worktree)};
      },
      [this, watcher, generation](const Result<Start>& start) {
        start_ended(watcher, generation, start);
      });
}

void Watching::start_ended(const std::shared_ptr<watch::Watcher>& watcher, std::uint64_t generation,
                           const Result<Start>& start) {
  starting_ = false;
  if (generation != *generation_) {
    loop::Errands::send_off(loop_, loop::Pool::query, [watcher] {});
  } else if (!start) {
    parts_.events.root_is_away(start.error().message);
  } else {
    storage_ = start->storage;
    root_delay_ = {};
    parts_.description.remember_root(start->root);
    report(start->watching);
    watcher_ = start->watching ? watcher : nullptr;
    parts_.events.started();
    call_waiting();
    parts_.events.settled();
  }
  call_waiting();
  parts_.folder.end();
}

void Watching::report(const Result<void>& watching) {
  const std::string problem = watching ? std::string() : watching.error().message;
  if (!problem.empty() && problem_ != problem)
    parts_.context.agent.log.warning("{}: cannot watch: {}; looking every {} instead",
                                     parts_.description->name, problem,
                                     base::format_duration(parts_.settings.watch.poll_interval));
  problem_ = problem;
}

void Watching::call_waiting() {
  for (const auto& then : std::exchange(waiting_, {})) then();
}

// Called on the watcher's thread: it only passes on.
watch::WatchSink Watching::make_sink() {
  const auto on_loop = [this, &loop = loop_, live = generation_,
                        generation = *generation_](auto action) {
    loop.post([this, live, generation, action = std::move(action)]() mutable {
      if (*live == generation) action();
    });
  };
  watch::WatchSink sink;
  sink.changes = [this, on_loop](std::vector<watch::Change> batch) {
    on_loop(
        [this, batch = std::move(batch)]() mutable { parts_.events.changed(std::move(batch)); });
  };
  sink.proven = [this, on_loop](watch::ProofToken token) {
    on_loop([this, token] { sync_point_.proven(token); });
  };
  sink.root = [this, on_loop](watch::RootEvent event) {
    on_loop([this, event] { parts_.events.root_is_away(describe(event)); });
  };
  return sink;
}

// Joining the watcher's thread may take a moment: not on the loop.
void Watching::drop() {
  ++*generation_;
  if (!watcher_) return;
  lost_events_ += watcher_->usage().lost_events;
  loop::Errands::send_off(
      loop_, loop::Pool::query,
      [watcher = std::exchange(watcher_, nullptr)]() mutable { watcher = nullptr; });
}

void Watching::stop() {
  stopped_ = true;
  drop();
  poll_timer_.stop();
  root_timer_.stop();
}

void Watching::look_for_root() {
  root_delay_ = std::clamp(2 * root_delay_, kFirstRootDelay, kLongestRootDelay);
  root_timer_.start(root_delay_, [this] { seek_root(); });
}

void Watching::seek_root() {
  parts_.folder.begin();
  parts_.context.errands.run(
      loop::Pool::query,
      [&agent = parts_.context.agent, known = parts_.description->root, history = parts_.history,
       worktree = parts_.description->worktree,
       places = parts_.context.agent.places()]() -> Result<void> {
        VCS_TRY(open_guarded_root(agent.filesystem, worktree, known, *history));
        return places.check_watched(agent.filesystem, worktree);
      },
      [this, generation = *generation_](const Result<void>& found) {
        parts_.folder.end();
        if (generation != *generation_) return;
        found ? parts_.events.root_is_back() : parts_.events.root_is_away(found.error().message);
      });
}

void Watching::prove(std::function<void()> then) {
  // While the watches are being set, the scan that follows is the proof.
  if (starting_) return waiting_.push_back(std::move(then));
  if (polls()) {
    parts_.events.look_at_everything();
    return then();
  }
  await_events([this, then = std::move(then)](bool proven) {
    if (!proven && !stopped_) {
      parts_.context.agent.log.warning(
          "{}: the watcher did not answer in time; walking the folder instead",
          parts_.description->name);
      parts_.events.look_at_everything();
    }
    then();
  });
}

// Only where no watch stands: an agent whose folders are all watched sleeps.
void Watching::arm_polling() {
  poll_timer_.stop();
  if (!polls()) return;
  const base::Nanos pause =
      schedule::poll_pause(parts_.settings.watch.poll_interval, last_full_look_);
  poll_timer_.start(pause, [this] {
    arm_polling();
    if (parts_.events.may_poll()) poll();
  });
}

void Watching::poll() {
  if (!watcher_) return parts_.events.no_watcher();
  parts_.events.look_at_everything();
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

// Where that is, a watch may be missing or stand for another folder. Where all is well it costs a
// walk of those folders.
void Watching::watch_anew(const std::vector<std::string>& missed) {
  if (polls()) return;
  std::set<std::string> folders;
  for (const std::string& path : missed) {
    folders.emplace(object::parent_path(path));
    if (folders.size() > kMostWatchedAnew) return watcher_->refresh("");
  }
  for (const std::string& folder : folders) watcher_->refresh(folder);
}

// Whatever changes once is likely to change again soon.
void Watching::prefer_folders_of(const std::vector<std::string>& changed) {
  if (changed.empty() || polled_folders() == 0) return;
  std::set<std::string> folders;
  for (const std::string& path : changed) {
    folders.emplace(object::parent_path(path));
    if (folders.size() == kMostPreferred) break;
  }
  watcher_->prefer({folders.begin(), folders.end()});
}

}  // namespace vcs::agent::repository
