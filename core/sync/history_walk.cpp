// SPDX-License-Identifier: Apache-2.0
// Compares two trees level by level; nodes that both have are never entered.
#include "core/sync/history_walk.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_set>

#include "core/history/commit_chain.hpp"
#include "core/object/chunk_list.hpp"
#include "core/object/tree_node.hpp"

namespace vcs::sync {

namespace {

using object::ChunkListNode;
using object::ContentKind;
using object::ContentRef;
using object::ObjectId;
using object::ObjectKind;
using object::TreeNode;

using Ids = std::vector<ObjectId>;

Result<TreeNode> read_tree_node(store::ObjectStore& store, const ObjectId& id) {
  VCS_ASSIGN(const Bytes bytes, store.get(id));
  return object::decode_tree_node(bytes);
}

Result<ChunkListNode> read_chunk_list_node(store::ObjectStore& store, const ObjectId& id) {
  VCS_ASSIGN(const Bytes bytes, store.get(id));
  return object::decode_chunk_list_node(bytes);
}

Ids children_of(const TreeNode& node) {
  Ids ids;
  for (const auto& item : node.inner) ids.push_back(item.node);
  return ids;
}

Ids children_of(const ChunkListNode& node) {
  Ids ids;
  for (const auto& entry : node.entries) ids.push_back(entry.id);
  return ids;
}

// One side of a comparison: all nodes of one level that may differ, in order.
struct Frontier {
  int level = -1;  // -1: nothing left
  Ids ids;
};

void sort_unique(Ids& ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

// Removes the shared ids from both sides. Loses the order of `before`, keeps that of `after`.
void drop_common(Frontier& before, Frontier& after) {
  sort_unique(before.ids);
  Ids shared = after.ids;
  sort_unique(shared);
  const auto in_both = [](const Ids& sorted, const ObjectId& id) {
    return std::binary_search(sorted.begin(), sorted.end(), id);
  };
  const Ids old_ids = before.ids;
  std::erase_if(before.ids, [&](const ObjectId& id) { return in_both(shared, id); });
  std::erase_if(after.ids, [&](const ObjectId& id) { return in_both(old_ids, id); });
}

// The operations on one kind of node that the comparison of two node structures needs.
template <typename Node>
struct NodeWalk {
  std::function<Result<Node>(const ObjectId&)> read;
  std::function<Result<void>(const ObjectId&)> visit;  // each node that is new
  std::function<void(const Node&)> old_leaf;           // all of them before the first new_leaf
  std::function<Result<void>(const Node&)> new_leaf;
  LostVisitor lost;
};

bool may_be_left_out(const LostVisitor& lost, const ObjectId& id, const Error& why) {
  return lost && tells_of_loss(why) && lost(id, why);
}

// Reads a new node; nothing: it is lost, and left out.
template <typename Node>
Result<std::optional<Node>> read_new(const NodeWalk<Node>& walk, const ObjectId& id) {
  Result<Node> node = walk.read(id);
  if (node) return std::optional<Node>(std::move(*node));
  if (may_be_left_out(walk.lost, id, node.error())) return std::optional<Node>();
  return Failure(std::move(node).error());
}

// Replaces the nodes of an upper level by their children.
template <typename Node>
Result<void> descend(const NodeWalk<Node>& walk, Frontier& side, bool is_new) {
  Ids children;
  for (const ObjectId& id : side.ids) {
    if (is_new) VCS_TRY(walk.visit(id));
    std::optional<Node> node;
    if (is_new) {
      VCS_ASSIGN(node, read_new(walk, id));
      if (!node) continue;
    } else {
      VCS_ASSIGN(node, walk.read(id));
    }
    if (node->level != side.level)
      return fail(ErrorCode::corrupt, "node {} is on the wrong level", id.short_hex());
    const Ids below = children_of(*node);
    children.insert(children.end(), below.begin(), below.end());
  }
  side.ids = std::move(children);
  --side.level;
  return {};
}

template <typename Node>
Frontier start_old(const NodeWalk<Node>& walk, const ObjectId& root) {
  if (root.is_zero()) return {};
  const auto node = walk.read(root);
  return node ? Frontier{node->level, {root}} : Frontier{};
}

template <typename Node>
Result<void> walk_difference(const NodeWalk<Node>& walk, const ObjectId& before_root,
                             const ObjectId& after_root) {
  if (after_root.is_zero() || after_root == before_root) return {};
  Frontier before = start_old(walk, before_root);
  VCS_ASSIGN(const std::optional<Node> root, read_new(walk, after_root));
  if (!root) return {};
  Frontier after{root->level, {after_root}};
  while (after.level > 0 || before.level > 0) {
    if (before.level == after.level) drop_common(before, after);
    if (after.ids.empty()) return {};
    const int level = std::max(before.level, after.level);
    if (before.level == level && !descend(walk, before, false)) before = {};
    if (after.level == level) VCS_TRY(descend(walk, after, true));
  }
  if (before.level == 0) {
    drop_common(before, after);
    for (const ObjectId& id : before.ids)
      if (const auto node = walk.read(id); node) walk.old_leaf(*node);
  }
  for (const ObjectId& id : after.ids) {
    VCS_TRY(walk.visit(id));
    VCS_ASSIGN(const std::optional<Node> node, read_new(walk, id));
    if (node) VCS_TRY(walk.new_leaf(*node));
  }
  return {};
}

class TreeWalk {
 public:
  TreeWalk(store::ObjectStore& store, const NeededVisitor& visitor, const LostVisitor& lost)
      : store_(store), visitor_(visitor), lost_(lost) {}

  Result<void> run(const ObjectId& before, const ObjectId& after) {
    const NodeWalk<TreeNode> walk{
        [&](const ObjectId& id) { return read_tree_node(store_, id); },
        [&](const ObjectId& id) {
          return visitor_({id, ObjectKind::tree_node, {}});
        },
        [&](const TreeNode& leaf) { remember(leaf); },
        [&](const TreeNode& leaf) { return compare(leaf); },
        lost_,
    };
    return walk_difference(walk, before, after);
  }

 private:
  void remember(const TreeNode& leaf) {
    for (const auto& item : leaf.leaves) {
      const ContentRef& content = item.entry.content;
      if (content.kind == ContentKind::none) continue;
      old_contents_.insert(content.id);
      if (content.kind == ContentKind::chunks) old_lists_[item.path] = content.id;
    }
  }

  Result<void> compare(const TreeNode& leaf) {
    for (const auto& item : leaf.leaves) {
      const ContentRef& content = item.entry.content;
      if (content.kind == ContentKind::none || old_contents_.contains(content.id)) continue;
      if (content.kind == ContentKind::blob) {
        VCS_TRY(visitor_({content.id, ObjectKind::blob, item.path}));
        continue;
      }
      const auto old = old_lists_.find(item.path);
      auto walked =
          compare_lists(old == old_lists_.end() ? ObjectId{} : old->second, content.id, item.path);
      if (!walked) return tl::unexpected(std::move(walked).error().with_context(item.path));
    }
    return {};
  }

  Result<void> compare_lists(const ObjectId& before, const ObjectId& after, std::string_view path) {
    std::unordered_set<ObjectId> old_chunks;
    const NodeWalk<ChunkListNode> walk{
        [&](const ObjectId& id) { return read_chunk_list_node(store_, id); },
        [&](const ObjectId& id) {
          return visitor_({id, ObjectKind::chunk_list, path});
        },
        [&](const ChunkListNode& leaf) {
          for (const auto& entry : leaf.entries) old_chunks.insert(entry.id);
        },
        [&](const ChunkListNode& leaf) -> Result<void> {
          for (const auto& entry : leaf.entries)
            if (!old_chunks.contains(entry.id))
              VCS_TRY(visitor_({entry.id, ObjectKind::blob, path}));
          return {};
        },
        lost_,
    };
    return walk_difference(walk, before, after);
  }

  store::ObjectStore& store_;
  const NeededVisitor& visitor_;
  const LostVisitor& lost_;
  std::unordered_set<ObjectId> old_contents_;
  std::map<std::string, ObjectId, std::less<>> old_lists_;  // chunk lists by path
};

}  // namespace

Result<void> walk_new_objects(store::ObjectStore& store, const ObjectId& before,
                              const ObjectId& after, const NeededVisitor& visitor,
                              const LostVisitor& lost) {
  return TreeWalk(store, visitor, lost).run(before, after);
}

Result<CommitChain> read_chain(store::ObjectStore& store, const ObjectId& head,
                               const std::function<bool(const ObjectId&)>& is_known,
                               std::size_t limit, const LostVisitor& lost) {
  CommitChain chain;
  const auto is_beyond_limit = [&](const ObjectId& id) {
    return chain.commits.size() == limit && !is_known(id);
  };
  chain.cut = is_beyond_limit(head);
  if (chain.cut) return chain;
  history::StoreCommits commits(store);
  const auto visit = [&](const history::CommitStep& step) -> Result<bool> {
    const ChainCommit link{step.id, step.commit.tree, step.commit.time};
    if (is_known(step.id)) {
      chain.base = link;
      return false;
    }
    chain.commits.push_back(link);
    // Does not read the commits beyond the limit.
    chain.cut = step.commit.parent && is_beyond_limit(*step.commit.parent);
    return !chain.cut;
  };
  VCS_ASSIGN(const auto missed, history::walk_back(commits, head, visit));
  if (!missed || (!chain.commits.empty() && may_be_left_out(lost, missed->id, missed->why)))
    return chain;
  return Failure(missed->why);
}

Result<void> walk_chain(store::ObjectStore& store, const CommitChain& chain,
                        const NeededVisitor& visitor, const LostVisitor& lost) {
  ObjectId before = chain.base ? chain.base->tree : ObjectId{};
  for (auto commit = chain.commits.rbegin(); commit != chain.commits.rend(); ++commit) {
    auto walked = walk_new_objects(store, before, commit->tree, visitor, lost);
    if (!walked)
      return tl::unexpected(
          std::move(walked).error().with_context("commit " + commit->id.short_hex()));
    VCS_TRY(visitor({commit->id, ObjectKind::commit, {}}));
    before = commit->tree;
  }
  return {};
}

}  // namespace vcs::sync
