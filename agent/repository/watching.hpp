// SPDX-License-Identifier: Apache-2.0
// Watches a worktree: holds its watcher, polls where no watch stands, and seeks a folder that is
// away.
//
// It sets the watches first and scans then: events report the changes in between.
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

// In the repository's folder, for watchers whose proofs need files.
inline constexpr const char* kCookieFolder = "cookies";

// It has many members because it holds the watcher of now, the search for a missing folder, and the
// polling of folders without a watch. Loop thread only.
class Watching {
 public:
  // What it calls.
  struct Events {
    std::function<void(const std::vector<watch::Change>& batch)> changed;
    std::function<void()> started;  // the watches stand, or there can be none
    std::function<void()> settled;  // after the callers of prove() that waited for started()
    std::function<void(const std::string& why)> root_is_away;
    std::function<void()> root_is_back;
    std::function<void()> look_at_everything;  // a full scan is needed: events may not suffice
    std::function<bool()> may_poll;
    std::function<void()> no_watcher;  // there is still no watcher: start() is to be tried again
  };

  Watching(Ground ground, Events events) : ground_(std::move(ground)), events_(std::move(events)) {}
  ~Watching() { ++*generation_; }

  // Checks that the folder is the known one, and watches it without the folders that are ignored
  // now. started() or root_is_away() follows, unless drop() comes before.
  void start();
  bool is_starting() const { return starting_; }
  // Drops the watcher and its events, also those of a start that is under way.
  void drop();
  // After root_is_away(): seeks the root until root_is_back(), soon at first and then less often.
  void look_for_root();
  void stop_looking() { root_timer_.stop(); }
  void stop();

  // Calls `then` when the events of everything that was done before this call have come. If none
  // would come, asks for a full scan and calls `then`.
  void prove(std::function<void()> then);
  // Only with has_watcher(): calls `done` when these events have come, or after a second without
  // proof.
  void await_events(schedule::SyncPoint::Done done) {
    sync_point_.wait(*watcher_, std::move(done));
  }

  // Scans everything now and then if some folder has no watch.
  void arm_polling();
  bool is_polling() const { return poll_timer_.waits(); }
  // The time that the last full scan took: long scans are made less often.
  void full_look_took(base::Nanos time) { last_full_look_ = time; }

  // There is no watcher, or some folder has no watch.
  bool polls() const { return !watcher_ || polled_folders() > 0; }
  std::uint64_t polled_folders() const;
  bool has_watcher() const { return watcher_ != nullptr; }
  watch::WatchUsage usage() const;
  watch::StorageKind storage() const { return storage_; }
  // A scan found changes at these paths that no event had reported: watches their folders anew.
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
  base::Nanos root_delay_{};      // before the last attempt to find a root that is away
  base::Nanos last_full_look_{};  // how long it took
  bool stopped_ = false;
};

}  // namespace vcs::agent::repository
