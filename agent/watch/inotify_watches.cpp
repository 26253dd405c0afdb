// SPDX-License-Identifier: Apache-2.0
// Sets watches, folder by folder: watches a folder first, then reads it.
#ifdef __linux__
#include "agent/watch/inotify_watches.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>

#include "core/base/posix/files.hpp"
#include "core/base/posix/listing.hpp"
#include "core/object/tree_paths.hpp"

namespace vcs::agent::watch {
namespace {

using base::FileDescriptor;
using Node = WatchTree::Node;

constexpr std::uint32_t kMask = IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE |
                                IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF |
                                IN_ONLYDIR | IN_EXCL_UNLINK;
constexpr int kOpenFolder = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK;
// At most so many folders stay open while names below them are still to be visited. Above that, a
// folder is opened from the root again, name by name.
constexpr std::size_t kMostOpenFolders = 64;

bool is_folder(int parent, const base::DirectoryEntry& entry) {
  if (entry.type_known) return entry.type == base::FileType::directory;
  struct stat stat {};
  return fstatat(parent, entry.name.c_str(), &stat, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISDIR(stat.st_mode);
}

bool is_vanished(int os_error) {
  return os_error == ENOENT || os_error == ENOTDIR || os_error == ELOOP || os_error == ESTALE;
}

// True where a folder has two links and one more for each folder in it. Elsewhere the number means
// nothing: Btrfs always has one, and servers and FUSE return any.
bool links_count_folders(int folder) {
  struct statfs filesystem {};
  if (fstatfs(folder, &filesystem) != 0) return false;
  const auto type = static_cast<std::uint32_t>(filesystem.f_type);
  return type == EXT4_SUPER_MAGIC || type == XFS_SUPER_MAGIC || type == TMPFS_MAGIC;
}

// Most folders hold no other folders; their number of links shows it without reading them.
bool is_leaf(int folder) {
  struct stat stat {};
  return fstat(folder, &stat) == 0 && stat.st_nlink == 2 && links_count_folders(folder);
}

bool is_same(const Node& node, int folder) {
  struct stat stat {};
  return fstat(folder, &stat) == 0 && stat.st_dev == node.device && stat.st_ino == node.inode;
}

bool is_mount_point(const Node& node) {
  return node.parent != nullptr && node.parent->mount != node.mount;
}

}  // namespace

// A folder to be watched, and its parent folder, if that is still open.
struct InotifyWatches::Visit {
  Node* node;
  std::shared_ptr<const FileDescriptor> parent;
};

InotifyWatches::~InotifyWatches() {
  for (const int descriptor : tree_.descriptors()) source_.remove(descriptor);
  for (const int descriptor : above_) source_.remove(descriptor);
}

Result<void> InotifyWatches::start(const std::string& root, FolderFilter skip) {
  root_path_ = root;
  skip_ = std::move(skip);
  const FileDescriptor folder(open(root.c_str(), kOpenFolder));
  if (!folder.valid()) return base::fail_errno(errno, "cannot watch " + root);
  if (const int error = watch(tree_.root(), folder.get()); error == ENOSPC)
    return fail(ErrorCode::no_space,
                "cannot watch {}: no inotify watch is left; raise fs.inotify.max_user_watches "
                "with sysctl",
                root);
  else if (error != 0)
    return base::fail_errno(error, "cannot watch " + root);
  watch_above();
  walk(tree_.root());
  return {};
}

// The root gets no event when a folder above it is renamed or closed to us.
void InotifyWatches::watch_above() {
  for (std::size_t slash = root_path_.size();
       slash != 0 && (slash = root_path_.rfind('/', slash - 1)) != std::string::npos;) {
    const FileDescriptor folder(open(slash == 0 ? "/" : root_path_.substr(0, slash).c_str(),
                                     O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!folder.valid()) continue;
    const int descriptor =
        source_.add(folder.get(), IN_MOVE_SELF | IN_ATTRIB | IN_ONLYDIR, WatchUse::above);
    if (descriptor >= 0 && tree_.find(descriptor) == nullptr) above_.insert(descriptor);
  }
}

bool InotifyWatches::root_is_in_place() const {
  const FileDescriptor now(open(root_path_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  return now.valid() && is_same(tree_.root(), now.get());
}

void InotifyWatches::walk(Node& node) {
  run({{&node, nullptr}});
}

void InotifyWatches::complete(Node& node) {
  // A walk before the event of the rename may have met another folder at the old place, and given
  // that folder's watch to this node. Then the moved folder has no watch.
  if (!is_in_place(node)) return walk(node);
  std::vector<Node*> rest{&node};
  std::vector<Visit> tops;
  while (!rest.empty()) {
    Node* next = rest.back();
    rest.pop_back();
    if (next->incomplete)
      tops.push_back({next, nullptr});
    else
      for (const auto& [name, child] : next->children) rest.push_back(child.get());
  }
  run(std::move(tops));
}

void InotifyWatches::run(std::vector<Visit> rest) {
  while (!rest.empty() && !cancelled_) {
    const Visit at = std::move(rest.back());
    rest.pop_back();
    visit(at, rest);
  }
}

void InotifyWatches::visit(const Visit& at, std::vector<Visit>& next) {
  Node& node = *at.node;
  FileDescriptor folder =
      at.parent
          ? FileDescriptor(openat(at.parent->get(), node.name.c_str(), kOpenFolder | O_NOFOLLOW))
          : open_node(node);
  if (!folder.valid()) return could_not_open(node, errno);
  const int error = watch(node, folder.get());
  if (is_vanished(error) || error == EACCES) return could_not_open(node, error);
  set_polled(node, error != 0);
  if (node.children.empty() && is_leaf(folder.get())) {
    node.incomplete = node.unreached = false;
    return;
  }
  list(node, std::move(folder), next);
}

// The path may be out of date while the event of a rename is still to come, and lead to a folder of
// another node. So it checks that the parent folder is the one that was watched.
FileDescriptor InotifyWatches::open_node(const Node& node) const {
  std::vector<const Node*> way;
  for (const Node* at = &node; at->parent != nullptr; at = at->parent) way.push_back(at);
  FileDescriptor folder(open(root_path_.c_str(), kOpenFolder));
  while (folder.valid() && !way.empty()) {
    const bool is_last = way.size() == 1;
    if (is_last && node.parent != nullptr && !is_same(*node.parent, folder.get())) {
      errno = ESTALE;
      return {};
    }
    // Only the last folder needs to be readable.
    const int how = is_last ? kOpenFolder : O_PATH | O_DIRECTORY | O_CLOEXEC;
    folder = FileDescriptor(openat(folder.get(), way.back()->name.c_str(), how | O_NOFOLLOW));
    way.pop_back();
  }
  return folder;
}

bool InotifyWatches::is_in_place(const Node& node) const {
  const FileDescriptor folder = open_node(node);
  return folder.valid() && is_same(node, folder.get());
}

bool InotifyWatches::shows_another(const Node& node) const {
  const FileDescriptor folder = open_node(node);
  return folder.valid() && !is_same(node, folder.get());
}

std::vector<std::string> InotifyWatches::mistaken() {
  std::vector<std::string> places;
  if (!std::exchange(doubts_, false)) return places;
  WatchTree::visit(tree_.root(), [&](Node& node) {
    const bool is_wrong =
        (is_mount_point(node) && shows_another(node)) || (node.unreached && misses_folder(node));
    if (is_wrong) places.push_back(WatchTree::path_of(node));
    doubts_ |= node.unreached || is_mount_point(node);
  });
  return places;
}

// A node that cannot be opened now stays `unreached` until it can be.
bool InotifyWatches::misses_folder(Node& node) const {
  const FileDescriptor folder = open_node(node);
  if (!folder.valid() || !is_same(node, folder.get())) return false;
  node.unreached = false;
  const std::string path = WatchTree::path_of(node);
  bool misses = false;
  const auto look = [&](const base::DirectoryEntry& entry) {
    misses = is_folder(folder.get(), entry) && !skips(object::join_path(path, entry.name)) &&
             WatchTree::find_child(node, entry.name) == nullptr;
    return !misses;
  };
  return !base::posix::list_names(folder.get(), path, look) || misses;
}

void InotifyWatches::mark_unreached(Node& folder) {
  folder.incomplete = folder.unreached = doubts_ = true;
}

// Gone: its parent reports it; if the parent itself was renamed, the parent is visited again.
// Forbidden: the scan reports it. Any other error: changes there are found by polling.
void InotifyWatches::could_not_open(Node& node, int os_error) {
  if (!is_vanished(os_error) && os_error != EACCES && os_error != EPERM)
    return set_polled(node, true);
  if (node.parent == nullptr) return;
  mark_unreached(*node.parent);
  drop(node);
}

// Returns 0 or an errno.
int InotifyWatches::watch(Node& node, int folder) {
  const auto stat = base::posix::stat_folder(folder, node.name);
  if (!stat) return stat.error().os_error;
  node.device = stat->device;
  node.inode = stat->inode;
  node.mount = stat->mount;
  doubts_ |= is_mount_point(node);
  const bool has_one = node.descriptor != WatchTree::kNoDescriptor;
  const WatchUse use = has_one                  ? WatchUse::renewal
                       : node.parent == nullptr ? WatchUse::root
                                                : WatchUse::folder;
  const int descriptor = source_.add(folder, kMask, use);
  if (descriptor < 0) return -descriptor;
  if (descriptor == node.descriptor) return 0;
  release(node);
  // If another node holds the descriptor already, the folder is at two places, or the event of its
  // move to this place is on its way.
  tree_.bind(node, descriptor);
  return 0;
}

void InotifyWatches::look_again(Node& folder, const std::string& name) {
  const std::string path = WatchTree::path_of(folder);
  if (skips(object::join_path(path, name))) return;
  const auto opened = std::make_shared<const FileDescriptor>(open_node(folder));
  if (!opened->valid() || !is_same(folder, opened->get())) {
    // `folder` itself was moved; it is visited at its new place when that event comes.
    if (!opened->valid() && !is_vanished(errno) && errno != EACCES) set_polled(folder, true);
    return mark_unreached(folder);
  }
  struct stat stat {};
  const int got = fstatat(opened->get(), name.c_str(), &stat, AT_SYMLINK_NOFOLLOW);
  if (got == 0 && S_ISDIR(stat.st_mode)) run({{&tree_.child(folder, name), opened}});
}

void InotifyWatches::list(Node& node, FileDescriptor opened, std::vector<Visit>& next) {
  ++open_folders_;
  const std::shared_ptr<const FileDescriptor> folder(new FileDescriptor(std::move(opened)),
                                                     [this](const FileDescriptor* done) {
                                                       delete done;
                                                       --open_folders_;
                                                     });
  node.incomplete = node.unreached = false;
  const std::string path = WatchTree::path_of(node);
  const bool was_known = !node.children.empty();
  std::unordered_set<std::string> seen;
  const auto take = [&](const base::DirectoryEntry& entry) {
    const std::string& name = entry.name;
    if (!is_folder(folder->get(), entry)) return true;
    if (skips(object::join_path(path, name))) {
      node.incomplete = true;  // under another path the filter may keep it
      return true;
    }
    // The listing may give a name twice if it is removed and made again meanwhile.
    const bool is_repeated =
        was_known ? !seen.insert(name).second : WatchTree::find_child(node, name) != nullptr;
    if (!is_repeated)
      next.push_back(
          {&tree_.child(node, name), open_folders_ < kMostOpenFolders ? folder : nullptr});
    return true;
  };
  // A folder that was removed meanwhile holds nothing; one that cannot be read may hold any folder.
  const auto listed = base::posix::list_names(folder->get(), path, take);
  if (!listed && !is_vanished(listed.error().os_error)) return set_polled(node, true);
  for (auto child = node.children.begin(); was_known && child != node.children.end();) {
    Node& here = *(child++)->second;
    if (!seen.contains(here.name)) drop(here);
  }
}

// Returns descriptors, not nodes, because a walk may remove nodes.
std::vector<std::pair<std::uint64_t, int>> InotifyWatches::by_heat() {
  std::vector<std::pair<std::uint64_t, int>> watched;
  WatchTree::visit(tree_.root(), [&](Node& node) {
    if (&node != &tree_.root() && tree_.find(node.descriptor) == &node)
      watched.emplace_back(node.heat, node.descriptor);
  });
  std::sort(watched.begin(), watched.end(), std::greater<>());
  return watched;
}

void InotifyWatches::poll_instead(int descriptor) {
  if (tree_.holds(tree_.root(), descriptor)) return;
  while (Node* node = tree_.find(descriptor)) {
    release(*node);
    set_polled(*node, true);
  }
}

void InotifyWatches::prefer(std::vector<std::string>& folders) {
  auto quiet = by_heat();
  std::erase_if(folders, [&](const std::string& path) {
    Node* node = &tree_.deepest(path);
    if (!node->polled || WatchTree::path_of(*node) != path) return true;
    if (!find_room() && !quiet.empty() && quiet.back().first < node->heat) {
      poll_instead(quiet.back().second);
      quiet.pop_back();
    }
    walk(*node);
    node = &tree_.deepest(path);
    return node->polled || WatchTree::path_of(*node) != path;
  });
}

void InotifyWatches::give_up(std::uint64_t count) {
  for (auto quiet = by_heat(); !quiet.empty() && count > 0; quiet.pop_back(), --count)
    poll_instead(quiet.back().second);
}

void InotifyWatches::drop(Node& node) {
  if (node.parent != nullptr) drop_detached(tree_.detach(node));
}

void InotifyWatches::drop_detached(std::unique_ptr<Node> node) {
  WatchTree::visit(*node, [this](Node& each) {
    release(each);
    set_polled(each, false);
  });
}

std::vector<Node*> InotifyWatches::ended(int descriptor) {
  if (const auto left = leaving_.find(descriptor); left != leaving_.end()) {
    leaving_.erase(left);
    return {};
  }
  above_.erase(descriptor);
  std::vector<Node*> holders;
  while (Node* node = tree_.find(descriptor)) {
    holders.push_back(node);
    tree_.unbind(*node);
  }
  return holders;
}

// An IN_IGNORED follows in any case, also if the kernel has ended the watch already.
void InotifyWatches::release(Node& node) {
  const int descriptor = node.descriptor;
  if (descriptor == WatchTree::kNoDescriptor) return;
  if (!tree_.unbind(node) || is_above_root(descriptor)) return;
  source_.remove(descriptor);
  leaving_.insert(descriptor);
}

void InotifyWatches::set_polled(Node& node, bool polled) {
  if (node.polled == polled) return;
  node.polled = polled;
  polled ? ++polled_ : --polled_;
}

}  // namespace vcs::agent::watch

#endif
