// SPDX-License-Identifier: Apache-2.0
// Makes sense of inotify's events: keeps the watches in step with the folders, and tells the sink
// what changed, in order.
//
// Raw bytes come in, so that tests can say what the kernel would. One thread at a time, but
// lost_events() from any.
#pragma once
#ifdef __linux__

#include <atomic>
#include <span>
#include <string>
#include <vector>

#include "agent/watch/inotify_events.hpp"
#include "agent/watch/inotify_watches.hpp"
#include "agent/watch/mount_table.hpp"
#include "agent/watch/watcher.hpp"

namespace vcs::agent::watch {

class InotifyIntake {
 public:
  // `mounts`: of the same root.
  InotifyIntake(InotifyWatches& watches, MountTable& mounts, WatchSink sink, const base::Log& log)
      : watches_(watches),
        mounts_(mounts),
        sink_(std::move(sink)),
        log_(log),
        is_bound_(mounts.is_bound()) {}

  // Events as they were read. Tells everything before it returns.
  void feed(std::span<const char> bytes);

  // Passes on that all events which were fed have been told.
  void proven(ProofToken token);

  // A folder was moved away, and where to is not known yet. The second half of the rename follows
  // at once or not at all: feed() gives up what was held before it, forget_moves() gives up all.
  bool holds_moves() const { return !held_.empty(); }
  void forget_moves();

  void refresh(const std::string& path);
  // Something was mounted or unmounted somewhere.
  void mounts_changed();
  void regain();
  void prefer(std::vector<std::string> folders);
  // So many watches; what they were for is polled from now on, which is told.
  void give_up(std::uint64_t watches);
  // Tells it if the path of the root does not lead to the watched folder any more.
  void check_root();
  // What is watched is not known any more: there was no memory to keep it.
  void lost_track();

  std::uint64_t lost_events() const { return lost_; }

 private:
  struct HeldMove {
    std::uint32_t cookie = 0;
    std::uint64_t round = 0;  // the call of feed() that it came in
    std::unique_ptr<WatchTree::Node> node;
    bool shared = false;  // its folder was at several places
  };

  void take(const InotifyEvent& event);
  void of_folder(WatchTree::Node& folder, const InotifyEvent& event);
  void in_subfolder(WatchTree::Node& folder, const InotifyEvent& event);
  void of_root(const InotifyEvent& event);
  void ended(int descriptor);
  void lost();
  void moved_away(WatchTree::Node& folder, const InotifyEvent& event);
  void appeared(WatchTree::Node& folder, const std::string& path, const InotifyEvent& event);
  HeldMove held_move(std::uint32_t cookie);
  void forget_moves(std::uint64_t before_round);
  void mounted(const std::string& path);
  bool shows_another(const std::string& path);
  void settle_bound();

  void tell_file(const WatchTree::Node& folder, const InotifyEvent& event);
  void tell(Change change);
  void tell_root(RootEvent event);
  void flush();

  InotifyWatches& watches_;
  MountTable& mounts_;
  WatchSink sink_;
  base::Log log_;
  std::vector<HeldMove> held_;  // oldest first
  std::uint64_t round_ = 0;
  bool is_bound_ = false;       // now, or when what is being read happened
  bool folders_moved_ = false;  // or came or went, since the tree was looked at as a whole
  bool came_in_ = false;        // a folder from elsewhere, which may have brought mounts along
  std::vector<Change> batch_;
  // Whom the last change of the batch is about, to recognise one more event on it without making
  // its path. Nobody: nullptr.
  const WatchTree::Node* last_folder_ = nullptr;
  std::string last_name_;
  std::uint64_t heat_ = 0;  // of the last event
  std::atomic<std::uint64_t> lost_{0};
};

}  // namespace vcs::agent::watch

#endif
