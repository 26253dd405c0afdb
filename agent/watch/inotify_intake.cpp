// SPDX-License-Identifier: Apache-2.0
// Turns raw events into batches of changes: pairs renames, finds new folders, notices losses.
#ifdef __linux__
#include "agent/watch/inotify_intake.hpp"

#include <sys/inotify.h>

#include <algorithm>

#include "core/object/tree_paths.hpp"

namespace vcs::agent::watch {
namespace {

using Node = WatchTree::Node;

constexpr std::size_t kMostInBatch = 4096;

}  // namespace

void InotifyIntake::feed(std::span<const char> bytes) {
  ++round_;
  while (const auto event = take_event(bytes)) {
    if (watches_.is_cancelled()) return;
    take(*event);
  }
  settle_bound();
  is_bound_ = mounts_.is_bound();
  forget_moves(round_);
  flush();
}

// A folder that is seen at several places sends one event for a change in it. The meaning of the
// event at each place depends on the mounts at that moment. Such folders are rare: in their trees
// the whole tree is scanned after folders came, went or moved, and before any proof is given.
void InotifyIntake::settle_bound() {
  if (std::exchange(came_in_, false)) mounts_changed();
  if (std::exchange(folders_moved_, false) && is_bound_) refresh("");
}

void InotifyIntake::proven(ProofToken token) {
  flush();
  if (!watches_.is_cancelled() && sink_.proven) sink_.proven(token);
}

void InotifyIntake::take(const InotifyEvent& event) {
  if (event.mask & IN_Q_OVERFLOW) return lost();
  if (event.mask & IN_IGNORED) return ended(event.descriptor);
  if (watches_.is_leaving(event.descriptor)) return;
  WatchTree& tree = watches_.tree();
  if (watches_.is_above_root(event.descriptor)) {
    check_root();
    if (tree.find(event.descriptor) == nullptr) return;
  }
  Node* folder = tree.find(event.descriptor);
  if (folder == nullptr) return tell({"", true, false, false});
  if (folder->next_holder == nullptr) return of_folder(*folder, event);
  std::vector<Node*> holders;
  for (; folder != nullptr; folder = folder->next_holder) holders.push_back(folder);
  // Handling the event at one place may remove the node of another.
  for (Node* holder : holders)
    if (tree.holds(*holder, event.descriptor)) of_folder(*holder, event);
}

void InotifyIntake::of_folder(Node& folder, const InotifyEvent& event) {
  folder.heat = ++heat_;
  if (!watches_.tree().is_attached(folder)) {
    // When the detached folder is attached again, it is reported as a whole; until then note that
    // it may hold new folders.
    folder.incomplete |= (event.mask & IN_ISDIR) != 0 && !event.name.empty();
    return;
  }
  if (!event.name.empty())
    return event.mask & IN_ISDIR ? in_subfolder(folder, event) : tell_file(folder, event);
  if (&folder == &watches_.tree().root()) return of_root(event);
  // A folder's events about itself repeat those of its parent. Two do not: its filesystem was
  // unmounted, and, at the top of a filesystem, its attributes changed.
  if (event.mask & IN_UNMOUNT)
    tell({WatchTree::path_of(folder), true, false, false});
  else if (event.mask & IN_ATTRIB)
    tell({WatchTree::path_of(folder), false, false, false});
}

void InotifyIntake::in_subfolder(Node& folder, const InotifyEvent& event) {
  last_folder_ = nullptr;
  folders_moved_ = true;
  const bool removed = (event.mask & (IN_DELETE | IN_MOVED_FROM)) != 0;
  // The path is built first: a walk may find that `folder` itself is gone.
  Change change{object::join_path(WatchTree::path_of(folder), event.name), true, removed, false};
  Node* known = WatchTree::find_child(folder, event.name);
  if (event.mask & IN_MOVED_FROM) {
    moved_away(folder, event);
  } else if (event.mask & IN_DELETE) {
    if (known != nullptr) watches_.drop(*known);
  } else if ((event.mask & IN_ATTRIB) && known != nullptr &&
             known->descriptor != WatchTree::kNoDescriptor) {
    change.recursive = false;
  } else {
    // A new folder, or one that could not be watched and now has other permissions.
    appeared(folder, change.path, event);
  }
  tell(std::move(change));
}

// Takes the first half of a rename. Without a second half the folder has left the tree.
void InotifyIntake::moved_away(Node& folder, const InotifyEvent& event) {
  Node* known = WatchTree::find_child(folder, event.name);
  if (known != nullptr)
    held_.push_back(
        {event.cookie, round_, watches_.tree().detach(*known),
         folder.next_holder != nullptr || watches_.tree().find(folder.descriptor) != &folder});
  watches_.look_again(folder, std::string(event.name));
}

// Watches a folder that is new at this place: made, moved in, moved here from elsewhere in the
// tree, or become readable. The sink is told after that.
void InotifyIntake::appeared(Node& folder, const std::string& path, const InotifyEvent& event) {
  HeldMove move = event.mask & IN_MOVED_TO ? held_move(event.cookie) : HeldMove{};
  std::unique_ptr<Node>& moved = move.node;
  came_in_ |= (event.mask & IN_MOVED_TO) != 0 && !moved;
  Node* known = WatchTree::find_child(folder, event.name);
  const bool skipped = watches_.skips(path);
  // If a walk came here before the event, the node that it made is more recent: keep that one.
  const bool as_it_was =
      moved && known == nullptr && !skipped && moved->descriptor != WatchTree::kNoDescriptor;
  if (skipped) {
    folder.incomplete = true;
    if (known != nullptr) watches_.drop(*known);
  } else if (as_it_was) {
    Node& node = watches_.tree().attach(std::move(moved), folder, event.name);
    // It was moved out of a folder that is at several places, so the node may be of another place,
    // where other filesystems are mounted below.
    move.shared ? watches_.walk(node) : watches_.complete(node);
  } else {
    watches_.walk(watches_.tree().child(folder, event.name));
  }
  // Last, so that the watches that it shares with the new node are kept.
  if (moved) watches_.drop_detached(std::move(moved));
}

void InotifyIntake::of_root(const InotifyEvent& event) {
  if (event.mask & IN_UNMOUNT) return tell_root(RootEvent::unmounted);
  if (event.mask & IN_MOVE_SELF) return tell_root(RootEvent::moved);
  if (event.mask & IN_DELETE_SELF) return tell_root(RootEvent::gone);
  tell({"", false, false, false});
}

// The watch of a folder ended because the folder was removed, which its parent reports too, or
// because its filesystem was unmounted: then another folder is there by now.
void InotifyIntake::ended(int descriptor) {
  const std::vector<Node*> nodes = watches_.ended(descriptor);
  std::vector<std::string> places;
  for (Node* node : nodes) {
    if (node == &watches_.tree().root()) continue;
    if (watches_.tree().is_attached(*node))
      places.push_back(WatchTree::path_of(*node));
    else
      node->incomplete = true;
  }
  last_folder_ = nullptr;
  for (std::string& path : places) {
    // By path, because the walk of one node may remove another.
    Node& node = watches_.tree().deepest(path);
    if (WatchTree::path_of(node) == path) watches_.walk(node);
    tell({std::move(path), true, false, false});
  }
}

// The content of the lost events is unknown, so everything is scanned again. The watches are walked
// first, so that nothing that happens from now on is missed.
void InotifyIntake::lost() {
  ++lost_;
  log_.debug("the system dropped file events; all files are checked again");
  last_folder_ = nullptr;
  forget_moves();
  if (!watches_.root_is_in_place()) return tell_root(RootEvent::gone);
  watches_.walk(watches_.tree().root());
  tell({"", true, false, false});
}

// Another client may have taken the room that was made for this one: then it is asked for again.
void InotifyIntake::regain() {
  if (watches_.polled_folders() > 0 && watches_.find_room()) refresh("");
}

// Watches first, then tells the sink: its scan finds what happened before the watch stood.
void InotifyIntake::prefer(std::vector<std::string> folders) {
  for (const std::string& path : folders) {
    WatchTree::Node& node = watches_.tree().deepest(path);
    if (WatchTree::path_of(node) == path) node.heat = ++heat_;
  }
  watches_.prefer(folders);
  for (std::string& path : folders) tell({std::move(path), true, false, false});
  flush();
}

// Events of these folders may be on their way and cannot be interpreted any more, so the sink is
// told to scan everything.
void InotifyIntake::give_up(std::uint64_t watches) {
  watches_.give_up(watches);
  tell({"", true, false, false});
  flush();
}

void InotifyIntake::lost_track() {
  ++lost_;
  if (sink_.root) sink_.root(RootEvent::lost_track);
}

void InotifyIntake::check_root() {
  if (!watches_.root_is_in_place()) tell_root(RootEvent::gone);
}

void InotifyIntake::mounts_changed() {
  check_root();
  const std::vector<std::string> changed = mounts_.changed();
  is_bound_ |= mounts_.is_bound();
  for (const std::string& path : changed) mounted(path);
  // A mount that came and went between two readings of the table is in neither.
  for (const std::string& path : mounts_.all())
    if (shows_another(path)) refresh(path);
  for (const std::string& path : watches_.mistaken()) refresh(path);
}

// If the tree still has the folder that was at `path` before, only `path` is scanned. Else folders
// above it were renamed after the tree learnt the path, so the place is unknown: scan everything.
void InotifyIntake::mounted(const std::string& path) {
  refresh(shows_another(path) ? path : std::string());
}

bool InotifyIntake::shows_another(const std::string& path) {
  const Node& node = watches_.tree().deepest(path);
  return WatchTree::path_of(node) == path && watches_.shows_another(node);
}

void InotifyIntake::refresh(const std::string& path) {
  last_folder_ = nullptr;
  Node& node = watches_.tree().deepest(path);
  std::string walked = WatchTree::path_of(node);
  watches_.walk(node);
  tell({std::move(walked), true, false, false});
  flush();
}

InotifyIntake::HeldMove InotifyIntake::held_move(std::uint32_t cookie) {
  const auto found = std::find_if(held_.begin(), held_.end(),
                                  [&](const HeldMove& move) { return move.cookie == cookie; });
  if (found == held_.end()) return {};
  HeldMove move = std::move(*found);
  held_.erase(found);
  return move;
}

void InotifyIntake::forget_moves() {
  forget_moves(round_ + 1);
}

void InotifyIntake::forget_moves(std::uint64_t before_round) {
  auto move = held_.begin();
  for (; move != held_.end() && move->round < before_round; ++move)
    watches_.drop_detached(std::move(move->node));
  held_.erase(held_.begin(), move);
}

void InotifyIntake::tell_file(const Node& folder, const InotifyEvent& event) {
  const bool deleted = (event.mask & (IN_DELETE | IN_MOVED_FROM)) != 0;
  const bool closed = (event.mask & IN_CLOSE_WRITE) != 0;
  const bool written = (event.mask & (IN_MODIFY | IN_CLOSE_WRITE)) != 0;
  if (last_folder_ == &folder && last_name_ == event.name) {
    batch_.back().deleted = deleted;
    batch_.back().closed |= closed;
    batch_.back().written |= written;
    return;
  }
  tell(
      {object::join_path(WatchTree::path_of(folder), event.name), false, deleted, closed, written});
  if (batch_.empty()) return;
  last_folder_ = &folder;
  last_name_ = event.name;
}

void InotifyIntake::tell(Change change) {
  last_folder_ = nullptr;
  if (!batch_.empty() && batch_.back().path == change.path) {
    Change& last = batch_.back();
    last.deleted = change.deleted;
    last.closed |= change.closed;
    last.written |= change.written;
    last.recursive |= change.recursive;
    return;
  }
  batch_.push_back(std::move(change));
  if (batch_.size() >= kMostInBatch) flush();
}

void InotifyIntake::tell_root(RootEvent event) {
  flush();
  if (sink_.root) sink_.root(event);
}

void InotifyIntake::flush() {
  last_folder_ = nullptr;
  if (batch_.empty()) return;
  if (sink_.changes) sink_.changes(std::exchange(batch_, {}));
  batch_.clear();
}

}  // namespace vcs::agent::watch

#endif
