// SPDX-License-Identifier: Apache-2.0
// Walks the wanted paths and enters their folders.
#include "core/restore/restore_plan.hpp"

#include <algorithm>

#include "core/object/tree_paths.hpp"

namespace vcs::restore {

using object::EntryType;
using object::ObjectId;

namespace {

// Long enough that two lanes seldom read the same frame, short enough that both end together.
constexpr std::size_t kFilesOfRun = 128;
constexpr std::uint64_t kBytesOfRun = 2u << 20;
// Most folders that are open; these are the deepest ones of the current path.
constexpr std::size_t kMostOpen = 128;

}  // namespace

RestorePlan::RestorePlan(RestoreContext& context, const ObjectId& root,
                         std::vector<std::string> paths, std::shared_ptr<base::Directory> target)
    : context_(context), root_(root), paths_(std::move(paths)), cursor_(context.nodes, root) {
  folders_.push_back(RestoreFolder::target(context_, std::move(target)));
}

std::vector<RestoreJob> RestorePlan::take() {
  const base::Lock lock(mutex_);
  std::vector<RestoreJob> run;
  if (std::exchange(broken_, true)) return run;
  std::uint64_t bytes = 0;
  while (run.size() < kFilesOfRun && bytes < kBytesOfRun && !context_.cancelled()) {
    const auto found = to_next_wanted();
    if (!found) {
      around_unreadable(found.error());
      continue;
    }
    if (!*found) break;
    bytes += cursor_.item().entry.size;
    add(run);
  }
  if (context_.cancelled()) path_ = paths_.size();
  if (path_ == paths_.size())
    while (!folders_.empty()) leave_folder();
  broken_ = false;
  return run;
}

void RestorePlan::enter(RestoreFolder::Pointer folder, const std::string& path) {
  folders_.push_back(std::move(folder));
  where_ = path;
  if (folders_.size() > kMostOpen) folders_[folders_.size() - 1 - kMostOpen]->close();
}

void RestorePlan::leave_folder() {
  folders_.pop_back();
  where_.resize(folders_.empty() ? 0 : folders_.back()->path_length());
}

// Moves to the next wanted entry; false at the end.
Result<bool> RestorePlan::to_next_wanted() {
  while (path_ < paths_.size()) {
    if (!std::exchange(started_, true)) {
      VCS_TRY(cursor_.seek(paths_[path_]));
    } else if (cursor_.valid() || cursor_.unreadable() != nullptr) {
      VCS_TRY(cursor_.next());
    }
    if (cursor_.valid() && object::is_at_or_below(cursor_.item().path, paths_[path_])) return true;
    leave_path();
  }
  return false;
}

// Reports a damaged part of the tree as lost, and goes on behind it.
void RestorePlan::around_unreadable(const Error& error) {
  const object::InnerItem* lost = cursor_.unreadable();
  if (lost == nullptr) {
    context_.report.unreadable(paths_[path_], 1, error.message);
    return leave_path();
  }
  const std::string& path = paths_[path_];
  const bool is_behind = object::compare_paths(lost->first_path, path) > 0 &&
                         !object::is_at_or_below(lost->first_path, path);
  if (is_behind) return leave_path();
  context_.report.unreadable(
      lost->first_path, lost->entries,
      fmt::format("{} entries, beginning with this one, cannot be read from the history: {}",
                  lost->entries, error.message));
}

void RestorePlan::leave_path() {
  ++path_;
  started_ = false;
}

void RestorePlan::add(std::vector<RestoreJob>& run) {
  const object::LeafItem& item = cursor_.item();
  RestoreFolder::Pointer folder = folder_for(object::parent_path(item.path), item.entry.mtime);
  if (folder->bar())
    context_.tell(item.path, *folder->bar(), item.entry.type == EntryType::file);
  else if (item.entry.type == EntryType::directory)
    enter(RestoreFolder::enter(context_, std::move(folder), item.path, item.entry), item.path);
  else
    run.push_back(RestoreJob{item, std::move(folder)});
}

// The folder at `path`, or the barred folder above it. The parents are usually entered already. If
// a single path is restored, or if the tree lacks their entries, this enters them.
RestoreFolder::Pointer RestorePlan::folder_for(std::string_view path, base::UnixNanos mtime) {
  while (!object::is_at_or_below(path, where_)) leave_folder();
  while (!folders_.back()->bar() && where_.size() < path.size()) {
    const std::size_t slash = path.find('/', where_.empty() ? 0 : where_.size() + 1);
    const std::string next(path.substr(0, slash));
    enter(enter_unvisited(next, mtime), next);
  }
  return folders_.back();
}

// A folder has no entry if it could not be read when its content was captured. Then it gets mode
// 0700 and the time of the wanted entry.
RestoreFolder::Pointer RestorePlan::enter_unvisited(const std::string& path,
                                                    base::UnixNanos mtime) {
  auto found = tree::find_entry(context_.nodes, root_, path);
  if (!found)
    return RestoreFolder::barred(context_, folders_.back(), path,
                                 {RestoreAction::failed, found.error().message});
  object::TreeEntry unknown;
  unknown.type = EntryType::directory;
  unknown.mode = 0700;
  unknown.mtime = mtime;
  const object::TreeEntry& entry = *found ? **found : unknown;
  if (entry.type == EntryType::directory)
    return RestoreFolder::enter(context_, folders_.back(), path, entry, true);
  const std::string why = fmt::format("'{}' is not a folder in this commit", path);
  return RestoreFolder::barred(context_, folders_.back(), path, {RestoreAction::failed, why});
}

Result<std::vector<std::string>> find_wanted(tree::NodeSource& nodes, const ObjectId& root,
                                             const std::vector<std::string>& paths) {
  if (paths.empty()) return std::vector<std::string>{""};
  for (const std::string& path : paths) {
    VCS_ASSIGN(const auto entry, tree::find_entry(nodes, root, path));
    if (!entry) return fail(ErrorCode::not_found, "'{}' is not in this commit", path);
  }
  std::vector<std::string> sorted = paths;
  std::sort(sorted.begin(), sorted.end(), object::PathLess{});
  std::vector<std::string> wanted;
  for (std::string& path : sorted)
    if (wanted.empty() || !object::is_at_or_below(path, wanted.back()))
      wanted.push_back(std::move(path));
  return wanted;
}

tree::TreeTotals count_wanted(tree::NodeSource& nodes, const ObjectId& root,
                              const std::vector<std::string>& paths) {
  tree::TreeTotals sums;
  for (const std::string& path : paths) {
    if (path.empty()) return tree::tree_totals(nodes, root).value_or(tree::TreeTotals{});
    tree::TreeCursor cursor(nodes, root);
    auto moved = cursor.seek(path);
    while (true) {
      if (!moved && cursor.unreadable() == nullptr) break;
      if (moved && (!cursor.valid() || !object::is_at_or_below(cursor.item().path, path))) break;
      if (moved) {
        const object::TreeEntry& entry = cursor.item().entry;
        sums.files += entry.type == EntryType::file ? 1 : 0;
        sums.entries += 1;
        sums.bytes += entry.size;
      }
      moved = cursor.next();
    }
  }
  return sums;
}

}  // namespace vcs::restore
