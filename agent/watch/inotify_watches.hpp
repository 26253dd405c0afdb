// SPDX-License-Identifier: Apache-2.0
// The inotify watches of one tree: adds them folder by folder, and gives them back.
//
// A folder is opened, watched through the open descriptor and only then read, so that whatever
// appears in it is either listed or told. Deep trees, longer than PATH_MAX, are ordinary: every
// step is one name. Nothing stays open. One thread at a time, but polled_folders() from any.
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
  // A folder above the root: nothing of it matters but whether the root is still in its place.
  bool is_above_root(int descriptor) const { return above_.contains(descriptor); }
  bool skips(const std::string& path) const { return skip_ && skip_(path); }
  // The path of the root still leads to the folder that is watched.
  bool root_is_in_place() const;

  // Watches `node` and all folders below it, and drops the nodes whose folders are gone. The node
  // itself may be dropped, too, unless it is the root.
  void walk(WatchTree::Node& node);
  // After `node` was moved to where it is now: walks those at or below it that are marked as
  // incomplete, and all when its place turns out to hold another folder. It may be dropped, too.
  void complete(WatchTree::Node& node);
  // Something left the name `name` of `folder`. Whatever is there by now is watched: what told of
  // it may have come before, when two folders changed places in one step.
  void look_again(WatchTree::Node& folder, const std::string& name);
  // The place of `node` is where it was, and another folder is seen there.
  bool shows_another(const WatchTree::Node& node) const;
  // Places that a walk has taken for something else, if a mount has come and gone meanwhile: where
  // it met the top of a mount that is not there any more, or did not find a folder that is there.
  std::vector<std::string> mistaken();
  // Watches these polled folders, parents first, where there is no room in place of others with
  // less heat. What could not be watched is taken out of the list.
  void prefer(std::vector<std::string>& folders);
  // So many that have been quiet for longest are polled from now on; never the root.
  void give_up(std::uint64_t count);
  bool has_room() const { return source_.has_room(); }
  // Ends the watches of a node and of all below it, and forgets them.
  void drop(WatchTree::Node& node);
  void drop_detached(std::unique_ptr<WatchTree::Node> node);

  // The kernel ended this watch (IN_IGNORED). The nodes that had it, as far as they are known.
  std::vector<WatchTree::Node*> ended(int descriptor);
  // Events of a watch that we gave back arrive until its end does.
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
  std::unordered_set<int> above_;         // few, and not counted
  std::unordered_multiset<int> leaving_;  // until the last event of each has come
  std::size_t open_folders_ = 0;
  bool doubts_ = false;  // some node is the top of a mount, or has a folder that was not reached
  std::atomic<bool> cancelled_{false};
  std::atomic<std::uint64_t> polled_{0};
};

}  // namespace vcs::agent::watch

#endif
