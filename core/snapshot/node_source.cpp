// Decoded tree nodes by id, and what a node must satisfy where it stands in a tree.
#include "core/snapshot/node_source.hpp"

#include <algorithm>
#include <list>
#include <mutex>
#include <unordered_map>

namespace vcs::snapshot {

using base::ErrorCode;
using base::fail;
using base::Result;
using object::InnerItem;
using object::ObjectId;
using object::TreeNode;

struct NodeSource::Cache {
  struct Slot {
    ObjectId id;
    Node node;
  };

  explicit Cache(std::size_t most) : most_slots(most) {}

  Node find(const ObjectId& id) {
    const std::lock_guard lock(mutex);
    const auto found = by_id.find(id);
    if (found == by_id.end()) return nullptr;
    slots.splice(slots.begin(), slots, found->second);
    return found->second->node;
  }

  void keep(const ObjectId& id, const Node& node) {
    const std::lock_guard lock(mutex);
    if (most_slots == 0 || by_id.contains(id)) return;
    slots.push_front(Slot{id, node});
    by_id.emplace(id, slots.begin());
    if (slots.size() <= most_slots) return;
    by_id.erase(slots.back().id);
    slots.pop_back();
  }

  const std::size_t most_slots;
  std::mutex mutex;
  std::list<Slot> slots;  // most recently used first
  std::unordered_map<ObjectId, std::list<Slot>::iterator> by_id;
};

NodeSource::NodeSource(store::ObjectStore& store, std::size_t cached_nodes)
    : store_(store), cache_(std::make_unique<Cache>(cached_nodes)) {}

NodeSource::~NodeSource() = default;

Result<NodeSource::Node> NodeSource::get(const ObjectId& id) {
  if (Node cached = cache_->find(id)) return cached;
  auto bytes = store_.get(id);
  if (!bytes) return base::Failure(std::move(bytes).error().with_context("tree node"));
  auto decoded = object::decode_tree_node(*bytes);
  if (!decoded)
    return base::Failure(std::move(decoded).error().with_context("tree node " + id.short_hex()));
  Node node = std::make_shared<const TreeNode>(std::move(*decoded));
  cache_->keep(id, node);
  return node;
}

std::size_t item_count(const TreeNode& node) {
  return node.level == 0 ? node.leaves.size() : node.inner.size();
}

const std::string& item_key(const TreeNode& node, std::size_t index) {
  return node.level == 0 ? node.leaves[index].path : node.inner[index].first_path;
}

Result<NodeSource::Node> get_root_node(NodeSource& nodes, const ObjectId& root) {
  VCS_ASSIGN(NodeSource::Node node, nodes.get(root));
  if (item_count(*node) == 0)
    return fail(ErrorCode::corrupt, "tree node {} is empty", root.short_hex());
  return node;
}

UpperBound upper_bound_of_child(const TreeNode& parent, std::size_t index, UpperBound upper) {
  return index + 1 < parent.inner.size() ? &parent.inner[index + 1].first_path : upper;
}

Result<NodeSource::Node> get_child_node(NodeSource& nodes, const TreeNode& parent,
                                        std::size_t index, UpperBound upper) {
  const InnerItem& item = parent.inner[index];
  VCS_ASSIGN(NodeSource::Node child, nodes.get(item.node));
  const auto wrong = [&](std::string_view what) {
    return fail(ErrorCode::corrupt, "tree node {} {}", item.node.short_hex(), what);
  };
  if (child->level + 1 != parent.level) return wrong("is not one level below its parent");
  const std::size_t count = item_count(*child);
  if (count == 0) return wrong("is empty");
  if (item_key(*child, 0) != item.first_path)
    return wrong("does not start with the path that its parent tells");
  const UpperBound bound = upper_bound_of_child(parent, index, upper);
  if (bound != nullptr && object::compare_paths(item_key(*child, count - 1), *bound) >= 0)
    return wrong("reaches into the node that follows it");
  return child;
}

std::size_t child_towards(const TreeNode& node, std::string_view path) {
  const auto after = std::upper_bound(node.inner.begin(), node.inner.end(), path,
                                      [](std::string_view wanted, const InnerItem& item) {
                                        return object::compare_paths(wanted, item.first_path) < 0;
                                      });
  return after == node.inner.begin() ? 0 : static_cast<std::size_t>(after - node.inner.begin()) - 1;
}

InnerItem summarise(const TreeNode& node, const ObjectId& id) {
  InnerItem item;
  item.first_path = item_key(node, 0);
  item.node = id;
  for (const object::LeafItem& leaf : node.leaves) {
    item.files += leaf.entry.type == object::EntryType::file ? 1 : 0;
    item.entries += 1;
    item.bytes += leaf.entry.size;
  }
  for (const InnerItem& inner : node.inner) {
    item.files += inner.files;
    item.entries += inner.entries;
    item.bytes += inner.bytes;
  }
  return item;
}

}  // namespace vcs::snapshot
