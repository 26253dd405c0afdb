// SPDX-License-Identifier: Apache-2.0
// The inotify watches of one tree: adds them folder by folder, and gives them back.
//
// A folder is opened, watched through the open descriptor and only then read, so that each new
// entry is either listed or reported by an event. Trees deeper than PATH_MAX are ordinary: every
// step opens one name. Nothing stays open. One thread at a time; polled_folders() from any thread.
#pragma once
#ifdef __linux__

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "agent/watch/watch_source.hpp"
#include "agent/watch/watch_tree.hpp"
#include "agent/watch/watcher.hpp"
#include "core/base/file_descriptor.hpp"

namespace vcs::agent::watch {

class InotifyWatches {
 public:
  explicit InotifyWatches(WatchSource& source) : source_(source) {}
  ~InotifyWatches();  // gives them back

  Result<void> start(const std::string& root, FolderFilter skip);

  WatchTree& tree() { return tree_; }
  // A folder above the root. Its events matter only because the root may not be in its place now.
  bool is_above_root(int descriptor) const { return above_.contains(descriptor); }
  bool skips(const std::string& path) const { return skip_ && skip_(path); }
  // The path of the root still leads to the folder that is watched.
  bool root_is_in_place() const;

  // Watches `node` and all folders below it, and drops the nodes whose folders are gone. The node
  // itself may be dropped, too, unless it is the root.
  void walk(WatchTree::Node& node);
  // After `node` was moved to its present place: walks the nodes at or below it that are marked as
  // incomplete, or all of them if its place holds another folder. The node may be dropped, too.
  void complete(WatchTree::Node& node);
  // A folder left the name `name` of `folder`. Watches the folder that is there now: its event may
  // have come before, when two folders changed places in one step.
  void look_again(WatchTree::Node& folder, const std::string& name);
  // The path of `node` can be opened, and leads to another folder than the watched one.
  bool shows_another(const WatchTree::Node& node) const;
  // Places that a walk saw wrongly, because a mount came and went meanwhile: the walk met the top
  // of a mount that is gone now, or did not find a folder that is there.
  std::vector<std::string> mistaken();
  // Watches these polled folders, parents first. Without room, each replaces the watch of a folder
  // with less heat. Removes from the list the folders that could not be watched.
  void prefer(std::vector<std::string>& folders);
  // Polls the `count` watched folders that were quiet for longest from now on; never the root.
  void give_up(std::uint64_t count);
  bool find_room() { return source_.find_room(); }
  // Ends the watches of a node and of all below it, and forgets them.
  void drop(WatchTree::Node& node);
  void drop_detached(std::unique_ptr<WatchTree::Node> node);

  // The kernel ended this watch (IN_IGNORED). Returns the nodes that held it; none if we gave it
  // back ourselves.
  std::vector<WatchTree::Node*> ended(int descriptor);
  // True for a watch that we gave back: its events may still arrive, until its IN_IGNORED.
  bool is_leaving(int descriptor) const { return leaving_.contains(descriptor); }

  // Walks end early from now on. From any thread.
  void cancel() { cancelled_ = true; }
  bool is_cancelled() const { return cancelled_; }

  std::uint64_t polled_folders() const { return polled_; }

 private:
  struct Visit;
  void run(std::vector<Visit> rest);
  void watch_above();
  base::FileDescriptor open_node(const WatchTree::Node& node) const;
  bool is_in_place(const WatchTree::Node& node) const;
  void visit(const Visit& at, std::vector<Visit>& next);
  void could_not_open(WatchTree::Node& node, int os_error);
  void mark_unreached(WatchTree::Node& folder);
  bool misses_folder(WatchTree::Node& node) const;
  int watch(WatchTree::Node& node, int folder);
  void list(WatchTree::Node& node, base::FileDescriptor opened, std::vector<Visit>& next);
  void set_polled(WatchTree::Node& node, bool polled);
  void release(WatchTree::Node& node);
  // Heat and descriptor of each folder below the root that has a watch, the quietest last.
  std::vector<std::pair<std::uint64_t, int>> by_heat();
  void poll_instead(int descriptor);

  WatchSource& source_;
  std::string root_path_;
  FolderFilter skip_;
  WatchTree tree_;
  std::unordered_set<int> above_;         // folders above the root: few, and not counted
  std::unordered_multiset<int> leaving_;  // given back; their IN_IGNORED has not come yet
  std::size_t open_folders_ = 0;
  bool doubts_ = false;  // some node is the top of a mount, or is `unreached`
  std::atomic<bool> cancelled_{false};
  std::atomic<std::uint64_t> polled_{0};
};

}  // namespace vcs::agent::watch

#endif
