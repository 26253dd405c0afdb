// SPDX-License-Identifier: Apache-2.0
// Merges base and overlay.
#include "core/index/merged_cursor.hpp"

namespace vcs::index {

void MergedCursor::seek(std::string_view path) {
  target_.assign(path);  // a copy, because `path` may be this cursor's own path
  go_to_target();
}

void MergedCursor::seek_past(std::string_view folder) {
  if (folder.empty()) {  // every entry is below the root
    base_.finish();
    change_ = overlay_.end();
    side_ = Side::none;
    return;
  }
  // No path has a NUL, and only '/' sorts before NUL: all below the folder sorts before "folder\0".
  target_.assign(folder);
  target_.push_back('\0');
  go_to_target();
}

void MergedCursor::go_to_target() {
  base_.seek(target_);
  change_ = overlay_.lower_bound(target_);
  settle();
}

std::string_view MergedCursor::path() const {
  return side_ == Side::base ? base_.path() : std::string_view(change_->first);
}

const IndexEntry& MergedCursor::entry() const {
  return side_ == Side::base ? base_.entry() : *change_->second;
}

void MergedCursor::next() {
  if (side_ != Side::overlay) base_.next();
  if (side_ != Side::base) ++change_;
  settle();
}

void MergedCursor::settle() {
  for (; change_ != overlay_.end(); ++change_) {
    const int order = base_.valid() ? object::compare_paths(base_.path(), change_->first) : 1;
    if (order < 0) {
      side_ = Side::base;
      return;
    }
    if (change_->second) {
      side_ = order == 0 ? Side::both : Side::overlay;
      return;
    }
    if (order == 0) base_.next();
  }
  side_ = base_.valid() ? Side::base : Side::none;
}

}  // namespace vcs::index
