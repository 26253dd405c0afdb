// SPDX-License-Identifier: Apache-2.0
// Finds the differences of two trees.
#include "core/tree/tree_diff.hpp"
#include "core/object/tree_paths.hpp"

namespace vcs::tree {

using object::ObjectId;

namespace {

// Walks both trees side by side. The side with the lesser key moves. On equal keys it enters the
// higher subtree, until both sides are at subtrees of the same height. It skips both if they are
// the same node.
class TreeDiff {
 public:
  TreeDiff(NodeSource& nodes, std::string_view path, const ChangeVisitor& visitor)
      : path_(path), before_(nodes), after_(nodes), visitor_(visitor) {}

  Result<void> run(const ObjectId& before, const ObjectId& after) {
    VCS_TRY(before_.seek(before, path_));
    VCS_TRY(after_.seek(after, path_));
    while (!stopped_) {
      const bool has_before = is_within(before_);
      const bool has_after = is_within(after_);
      if (!has_before && !has_after) break;
      const int order = !has_before  ? 1
                        : !has_after ? -1
                                     : object::compare_paths(before_.key(), after_.key());
      VCS_TRY(order < 0 ? step_deleted() : order > 0 ? step_added() : step_both());
    }
    return {};
  }

 private:
  // Tests the first key only. A subtree may begin within the path and reach beyond it; its items
  // are tested after the cursor has entered it.
  bool is_within(const SubtreeCursor& cursor) const {
    return !cursor.at_end() && object::is_at_or_below(cursor.key(), path_);
  }

  Result<void> step_deleted() {
    if (before_.height() > 0) return before_.enter();
    tell({before_.entry().path, before_.entry().entry, std::nullopt});
    before_.skip();
    return {};
  }

  Result<void> step_added() {
    if (after_.height() > 0) return after_.enter();
    tell({after_.entry().path, std::nullopt, after_.entry().entry});
    after_.skip();
    return {};
  }

  Result<void> step_both() {
    if (before_.height() != after_.height())
      return before_.height() > after_.height() ? before_.enter() : after_.enter();
    if (before_.height() > 0 && before_.subtree().node != after_.subtree().node) {
      VCS_TRY(before_.enter());
      return after_.enter();
    }
    if (before_.height() == 0 && before_.entry().entry != after_.entry().entry)
      tell({before_.entry().path, before_.entry().entry, after_.entry().entry});
    before_.skip();
    after_.skip();
    return {};
  }

  void tell(const TreeChange& change) { stopped_ = !visitor_(change); }

  const std::string_view path_;
  SubtreeCursor before_, after_;
  const ChangeVisitor& visitor_;
  bool stopped_ = false;
};

}  // namespace

Result<void> diff_trees(NodeSource& nodes, const ObjectId& before, const ObjectId& after,
                        const ChangeVisitor& visitor) {
  return diff_trees_below(nodes, before, after, "", visitor);
}

Result<void> diff_trees_below(NodeSource& nodes, const ObjectId& before, const ObjectId& after,
                              std::string_view path, const ChangeVisitor& visitor) {
  if (before == after) return {};
  return TreeDiff(nodes, path, visitor).run(before, after);
}

bool changes_content(const TreeChange& change) {
  if (!change.before || !change.after || change.before->type != change.after->type) return true;
  return change.before->content != change.after->content ||
         change.before->symlink_target != change.after->symlink_target;
}

}  // namespace vcs::tree
