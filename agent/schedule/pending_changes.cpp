// SPDX-License-Identifier: Apache-2.0
// Two sorted maps. The order of paths puts everything below a folder right behind it, so a folder
// is a range, and the recursive entry above a path, if any, is the path's predecessor.
#include "agent/schedule/pending_changes.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "core/object/tree_paths.hpp"
#include "core/tree/tree.hpp"

namespace vcs::agent::schedule {
namespace {

using object::is_at_or_below;

}  // namespace

void PendingChanges::add(const watch::Change& change, base::SteadyNanos now) {
  if (!first_change_) first_change_ = now;
  last_change_ = std::max(last_change_, now);
  place(change.path, change.recursive, {change.deleted, now});
  if (change.written) note_written(change.path);
  if (size() > kMostEntries) collapse();
}

void PendingChanges::add(const worktree::Mark& mark, base::SteadyNanos due) {
  first_retry_ = std::min(first_retry_.value_or(due), due);
  place(mark.path, mark.recursive, {});
  if (mark.written) note_written(mark.path);
  if (size() > kMostEntries) collapse();
}

void PendingChanges::note_written(const std::string& path) {
  if (written_.size() == kMostEntries) written_.clear();
  written_.insert(path);
}

void PendingChanges::place(const std::string& path, bool recursive, const Entry& entry) {
  if (Entry* tree = covering_tree(path)) return update(*tree, entry);
  if (!recursive) {
    update(points_[path], entry);
  } else {
    Entry tree;
    swallow(points_, path, tree);
    swallow(trees_, path, tree);
    update(trees_.emplace(path, tree).first->second, entry);
  }
}

// The later event decides whether the path counts as removed.
void PendingChanges::update(Entry& entry, const Entry& later) {
  if (later.last < entry.last || later.last == base::SteadyNanos{}) return;
  if (entry.deleted) removals_.erase(removals_.find(entry.last));
  entry = later;
  if (entry.deleted) removals_.insert(entry.last);
}

bool PendingChanges::covers(const std::string& path) const {
  const auto after = trees_.upper_bound(path);
  return points_.contains(path) ||
         (after != trees_.begin() && is_at_or_below(path, std::prev(after)->first));
}

PendingChanges::Entry* PendingChanges::covering_tree(const std::string& path) {
  auto after = trees_.upper_bound(path);
  if (after == trees_.begin()) return nullptr;
  --after;
  return is_at_or_below(path, after->first) ? &after->second : nullptr;
}

void PendingChanges::swallow(Entries& entries, const std::string& folder, Entry& into) {
  auto entry = entries.lower_bound(folder);
  while (entry != entries.end() && is_at_or_below(entry->first, folder)) {
    update(into, entry->second);
    if (entry->second.deleted) removals_.erase(removals_.find(entry->second.last));
    entry = entries.erase(entry);
  }
}

// Halves the entries, so that its cost is spread over many additions. The fullest folders become
// recursive entries first. If no folder holds two entries, all paths are cut to half the depth, in
// the end to the root.
void PendingChanges::collapse() {
  while (size() > kMostEntries / 2) {
    std::unordered_map<std::string, std::size_t> counts;
    std::ptrdiff_t deepest = 0;
    for (const Entries* entries : {&points_, &trees_})
      for (const auto& [path, entry] : *entries) {
        ++counts[std::string(object::parent_path(path))];
        deepest = std::max(deepest, std::count(path.begin(), path.end(), '/'));
      }
    std::vector<std::pair<std::size_t, std::string>> full;
    for (const auto& [folder, count] : counts)
      if (!folder.empty() && count > 1) full.emplace_back(count, folder);
    if (full.empty()) {
      cut_at_depth((deepest + 1) / 2);
      continue;
    }
    std::sort(full.begin(), full.end(), std::greater<>());
    for (const auto& [count, folder] : full) {
      if (size() <= kMostEntries / 2) break;
      place(folder, true, {});
    }
  }
}

// Entries with more than `depth` names become recursive ones of their ancestors with `depth` names.
void PendingChanges::cut_at_depth(std::ptrdiff_t depth) {
  std::vector<std::string> ancestors;
  for (const Entries* entries : {&points_, &trees_})
    for (const auto& [path, entry] : *entries) {
      std::size_t end = 0;
      for (std::ptrdiff_t name = 0; name < depth && end != std::string::npos; ++name)
        end = path.find('/', name == 0 ? 0 : end + 1);
      if (end != std::string::npos) ancestors.push_back(path.substr(0, end));
    }
  for (const std::string& ancestor : ancestors) place(ancestor, true, {});
}

std::optional<base::SteadyNanos> PendingChanges::due() const {
  if (!first_change_) return first_retry_;
  base::SteadyNanos settled = last_change_ + options_.quiet;
  if (!removals_.empty()) settled = std::max(settled, *removals_.rbegin() + options_.delete_delay);
  return std::min(settled, *first_change_ + options_.latest);
}

std::vector<worktree::Mark> PendingChanges::take_all() {
  std::vector<worktree::Mark> marks;
  marks.reserve(size());
  auto point = points_.begin();
  auto tree = trees_.begin();
  while (point != points_.end() || tree != trees_.end()) {
    const bool from_trees =
        point == points_.end() ||
        (tree != trees_.end() && object::compare_paths(tree->first, point->first) < 0);
    auto& next = from_trees ? tree : point;
    marks.push_back({next->first, from_trees, !from_trees && written_.erase(next->first) != 0});
    ++next;
  }
  for (const std::string& path : written_) marks.push_back({path, false, true});
  written_.clear();
  points_.clear();
  trees_.clear();
  removals_.clear();
  first_change_.reset();
  first_retry_.reset();
  last_change_ = {};
  return marks;
}

}  // namespace vcs::agent::schedule
