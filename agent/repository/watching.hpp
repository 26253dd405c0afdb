// SPDX-License-Identifier: Apache-2.0
// How a worktree is watched: its watcher, polling where no watch stands, and the search for a
// folder that is away.
//
// Watches first, scans then: what happens in between is told by events.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/loop/timer.hpp"
#include "agent/repository/ground.hpp"
#include "agent/schedule/sync_point.hpp"
#include "agent/watch/storage_kind.hpp"
#include "agent/watch/watcher.hpp"

namespace vcs::agent::repository {

// In the repository's folder, for watchers that prove with files what they have told.
inline constexpr const char* kCookieFolder = "cookies";

// Loop thread only.
class Watching {
 public:
  // What happens, to whom it is told.
  struct Events {
    std::function<void(const std::vector<watch::Change>& batch)> changed;
    std::function<void()> started;  // the watches stand, or none can be had
    std::function<void()> settled;  // after those who waited for that have been called
    std::function<void(const std::string& why)> root_is_away;
    std::function<void()> root_is_back;
    std::function<void()> look_at_everything;  // no event would tell of what is there
    std::function<bool()> may_poll;
    std::function<void()> no_watcher;  // there is still none: it is to be tried again
  };

  Watching(Ground ground, Events events) : ground_(std::move(ground)), events_(std::move(events)) {}
  ~Watching() { ++*generation_; }

  // Looks whether the folder is the one that is known, and watches it without what is ignored now.
  // started() or root_is_away() follows, unless it is dropped before.
  void start();
  bool is_starting() const { return starting_; }
  // No event of it is told any more, and a start that is under way ends in nothing.
  void drop();
  // After root_is_away(): until root_is_back(), soon at first and then less often.
  void look_for_root();
  void stop_looking() { root_timer_.stop(); }
  void stop();

  // Calls `then` when all events of what was done before this call have come; where none would
  // come, when everything is to be looked at.
  void prove(std::function<void()> then);
  // The same of a watcher that has_watcher(), within a second, or without proof.
  void await_events(schedule::SyncPoint::Done done) {
    sync_point_.wait(*watcher_, std::move(done));
  }

  // Everything is looked at now and then, where no watch stands.
  void arm_polling();
  bool is_polling() const { return poll_timer_.waits(); }
  // Long looks are made less often.
  void full_look_took(base::Nanos time) { last_full_look_ = time; }

  // There is none, or not for each folder.
  bool polls() const { return !watcher_ || polled_folders() > 0; }
  std::uint64_t polled_folders() const;
  bool has_watcher() const { return watcher_ != nullptr; }
  watch::WatchUsage usage() const;
  watch::StorageKind storage() const { return storage_; }
  // A look found what no event had told.
  void watch_anew(const std::vector<std::string>& missed);
  // These paths changed although their folders are polled.
  void prefer_folders_of(const std::vector<std::string>& changed);

 private:
  struct Start;
  watch::WatchSink make_sink();
  void start_ended(std::shared_ptr<watch::Watcher> watcher, std::uint64_t generation,
                   const Result<Start>& start);
  void let_go(std::shared_ptr<watch::Watcher> watcher);
  void report(const Result<void>& watching);
  void call_waiting();
  void poll();
  void seek_root();

  const Ground ground_;
  const Events events_;
  Context& agent_ = ground_.context().agent;
  std::shared_ptr<watch::Watcher> watcher_;
  // Events of an older watcher are stale. Shared with its sink.
  const std::shared_ptr<std::uint64_t> generation_ = std::make_shared<std::uint64_t>(0);
  std::uint64_t lost_events_ = 0;  // of former watchers
  watch::StorageKind storage_ = watch::StorageKind::unknown;
  bool starting_ = false;  // watches are being set
  std::vector<std::function<void()>> waiting_;
  std::string problem_;  // why there is no watcher; told once
  schedule::SyncPoint sync_point_{agent_.loop};
  loop::Timer poll_timer_{agent_.loop}, root_timer_{agent_.loop};
  base::Nanos root_delay_{};      // of the last look for a root that is away
  base::Nanos last_full_look_{};  // what it took
  bool stopped_ = false;
};

}  // namespace vcs::agent::repository
