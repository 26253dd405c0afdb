// SPDX-License-Identifier: Apache-2.0
// Remembers what was in the worktree, and computes what the agent owes.
#include "tests/simulation/worktree_model.hpp"

#include <algorithm>
#include <utility>

#include "core/object/hasher.hpp"

namespace vcs::test {
namespace {

const char* name_of(base::FileType type) {
  switch (type) {
    case base::FileType::directory:
      return "folder";
    case base::FileType::symlink:
      return "symlink";
    default:
      return "file";
  }
}

bool is_same(const Shown& shown, const SimulatedDisk::Entry& entry) {
  if (shown.type != entry.stat.type) return false;
  if (shown.type != base::FileType::symlink && shown.mode != entry.stat.mode) return false;
  return base::as_text(entry.content) == *shown.text;
}

Shown shown_of(const SimulatedDisk::Entry& entry) {
  const bool link = entry.stat.type == base::FileType::symlink;
  return {entry.stat.type, link ? 0 : entry.stat.mode,
          std::make_shared<const std::string>(base::as_text(entry.content))};
}

}  // namespace

std::string describe(const Shown& shown) {
  if (shown.type == base::FileType::symlink) return "symlink to " + *shown.text;
  const std::string what = fmt::format("{} {:o}", name_of(shown.type), shown.mode);
  if (shown.type != base::FileType::regular) return what;
  return fmt::format("{}, {} bytes {}", what, shown.text->size(),
                     object::hash_bytes(base::as_bytes(*shown.text)).short_hex());
}

void WorktreeModel::changed(const std::string& path, std::optional<Shown> shown,
                            base::SteadyNanos now) {
  Version& version = paths_[path];
  const bool is_folder = shown && shown->type == base::FileType::directory;
  if (version.shown && version.shown->type == base::FileType::directory && !is_folder)
    folders_gone_.insert(path);
  if (shown) ever_[path].push_back(*shown);
  version.shown = std::move(shown);
  version.since = now;
  version.excused = false;
  ++versions_;
}

bool WorktreeModel::is_being_written(std::uint64_t inode) const {
  return std::any_of(paths_.begin(), paths_.end(), [&](const auto& item) {
    return item.second.inode == inode && item.second.being_written;
  });
}

// Excuses the other names: the name that goes has another inode in paths_ already.
void WorktreeModel::excuse_names_of(std::uint64_t inode) {
  for (auto& [path, version] : paths_)
    if (version.inode == inode && version.shown && !is_at_rest_in_head(path, version))
      version.excused = true;
}

void WorktreeModel::look_for_excuses(base::SteadyNanos now) {
  for (const auto& [path, version] : paths_)
    if (version.excused && !is_at_rest_in_head(path, version)) last_excuse_ = now;
}

void WorktreeModel::look(const SimulatedDisk& disk, const std::string& worktree,
                         base::SteadyNanos now, const std::set<std::string>& being_written) {
  std::set<std::string> present;
  std::set<std::uint64_t> names_gone;  // inodes that lost a name
  disk.visit(worktree, [&](const SimulatedDisk::Entry& entry) {
    present.insert(entry.path);
    const auto known = paths_.find(entry.path);
    if (known == paths_.end() || !known->second.shown || !is_same(*known->second.shown, entry)) {
      changed(entry.path, shown_of(entry), now);
      ever_of_inode_[entry.stat.inode].push_back(shown_of(entry));
    }
    inodes_[entry.path].insert(entry.stat.inode);
    const std::uint64_t before = std::exchange(paths_[entry.path].inode, entry.stat.inode);
    if (before != 0 && before != entry.stat.inode) names_gone.insert(before);
  });
  for (auto& [path, version] : paths_) {
    if (version.shown && !present.contains(path)) changed(path, std::nullopt, now);
    if (!version.shown && version.inode != 0) names_gone.insert(std::exchange(version.inode, 0));
    const bool written = being_written.contains(path);
    if (version.being_written && !written) version.since = now;
    version.being_written = written;
  }
  std::erase_if(names_gone, [&](std::uint64_t inode) {
    excuse_names_of(inode);
    return !is_being_written(inode);
  });
  untold_.merge(names_gone);
  std::erase_if(untold_, [&](std::uint64_t inode) {
    excuse_names_of(inode);
    return !is_being_written(inode);
  });
  look_for_excuses(now);
}

bool WorktreeModel::ever_was(const std::string& path, const Shown& shown) const {
  const auto ever = ever_.find(path);
  return ever != ever_.end() &&
         std::find(ever->second.rbegin(), ever->second.rend(), shown) != ever->second.rend();
}

bool WorktreeModel::was_read_while_moved(const std::string& path, const Shown& shown) const {
  const auto inodes = inodes_.find(path);
  return inodes != inodes_.end() &&
         std::any_of(inodes->second.begin(), inodes->second.end(), [&](std::uint64_t inode) {
           const auto ever = ever_of_inode_.find(inode);
           return ever != ever_of_inode_.end() &&
                  std::find(ever->second.begin(), ever->second.end(), shown) != ever->second.end();
         });
}

// True: a folder above the path was gone once, and a path elsewhere that ends with this name had
// this state.
bool WorktreeModel::was_read_in_a_moved_folder(const std::string& path, const Shown& shown) const {
  bool moved = false;
  for (auto slash = path.rfind('/'); slash != std::string::npos && slash > 0 && !moved;
       slash = path.rfind('/', slash - 1))
    moved = folders_gone_.contains(path.substr(0, slash));
  const std::string name = path.substr(path.rfind('/') + 1);
  return moved && std::any_of(ever_.begin(), ever_.end(), [&](const auto& other) {
           return other.first.ends_with(name) && ever_was(other.first, shown);
         });
}

std::optional<std::string> WorktreeModel::committed(Capture capture, base::SteadyNanos now) {
  look_for_excuses(now);
  head_ = std::move(capture);
  for (const auto& [path, entry] : head_)
    if (!entry.unstable && !ever_was(path, entry.shown) &&
        !was_read_while_moved(path, entry.shown) && !was_read_in_a_moved_folder(path, entry.shown))
      return fmt::format("the commit has {} as {}, which never was there", path,
                         describe(entry.shown));
  look_for_excuses(now);
  std::erase_if(
      paths_, [&](const auto& item) { return !item.second.shown && !head_.contains(item.first); });
  return std::nullopt;
}

bool WorktreeModel::is_in_head(const std::string& path, const Version& version) const {
  const auto found = head_.find(path);
  if (found == head_.end()) return !version.shown;
  return version.shown && found->second.shown == *version.shown;
}

bool WorktreeModel::is_at_rest_in_head(const std::string& path, const Version& version) const {
  const auto found = head_.find(path);
  return is_in_head(path, version) && (found == head_.end() || !found->second.unstable);
}

std::optional<std::string> WorktreeModel::difference(base::SteadyNanos since,
                                                     bool excuses_count) const {
  for (const auto& [path, version] : paths_) {
    if (version.being_written || version.since > since || is_in_head(path, version)) continue;
    if (version.excused && excuses_count) continue;
    const auto found = head_.find(path);
    return fmt::format("{} is {}, but in the head {}", path,
                       version.shown ? describe(*version.shown) : "absent",
                       found != head_.end() ? describe(found->second.shown) : "absent");
  }
  return std::nullopt;
}

std::vector<std::string> WorktreeModel::paths(base::FileType type) const {
  std::vector<std::string> found;
  for (const auto& [path, version] : paths_)
    if (version.shown && version.shown->type == type) found.push_back(path);
  return found;
}

bool WorktreeModel::exists(const std::string& path) const {
  const auto found = paths_.find(path);
  return found != paths_.end() && found->second.shown.has_value();
}

}  // namespace vcs::test
