// SPDX-License-Identifier: Apache-2.0
// Interprets the events of inotify: keeps the watches in step with the folders, and passes the
// changes to the sink, in order.
//
// It takes raw bytes, so that tests can stand for the kernel. One thread at a time; lost_events()
// from any thread.
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

// It has many members because one move is several events: it keeps the first ones until the others
// come.
class InotifyIntake {
 public:
  // `mounts`: of the same root.
  InotifyIntake(InotifyWatches& watches, MountTable& mounts, WatchSink sink, const base::Log& log)
      : watches_(watches),
        mounts_(mounts),
        sink_(std::move(sink)),
        log_(log),
        is_bound_(mounts.is_bound()) {}

  // Takes events as the kernel wrote them. Passes all their changes to the sink before it returns.
  void feed(std::span<const char> bytes);

  // Tells the sink that it has had all changes of the events that were fed.
  void proven(ProofToken token);

  // A folder was moved away, and its new place is not known yet. The second half of the rename
  // follows at once or not at all: feed() drops what was held before it, forget_moves() drops all.
  bool holds_moves() const { return !held_.empty(); }
  void forget_moves();

  void refresh(const std::string& path);
  // Something was mounted or unmounted somewhere.
  void mounts_changed();
  void regain();
  void prefer(std::vector<std::string> folders);
  // Gives up so many watches. Their folders are polled from now on; the sink is told.
  void give_up(std::uint64_t watches);
  // Tells the sink if the path of the root does not lead to the watched folder any more.
  void check_root();
  // Tells the sink that the watches are not known any more, because there was no memory.
  void lost_track();

  std::uint64_t lost_events() const { return lost_; }

 private:
  struct HeldMove {
    std::uint32_t cookie = 0;
    std::uint64_t round = 0;  // the call of feed() in which it came
    std::unique_ptr<WatchTree::Node> node;
    bool shared = false;  // it was moved out of a folder that is at several places
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
  bool is_bound_ = false;       // now, or at the time of the events that are being taken
  bool folders_moved_ = false;  // or came or went, since the last settle_bound()
  bool came_in_ = false;        // a folder from outside the tree, which may have brought mounts
  std::vector<Change> batch_;
  // Folder and name of the last change of the batch, to recognise another event on it without
  // building its path. nullptr: unknown.
  const WatchTree::Node* last_folder_ = nullptr;
  std::string last_name_;
  std::uint64_t heat_ = 0;  // of the last event
  std::atomic<std::uint64_t> lost_{0};
};

}  // namespace vcs::agent::watch

#endif
