// SPDX-License-Identifier: Apache-2.0
// Reads, caches and checks tree nodes.
#include "core/tree/node_source.hpp"

#include <algorithm>
#include <limits>
#include <list>
#include <unordered_map>

#include "core/base/guarded.hpp"

namespace vcs::tree {

using object::InnerItem;
using object::ObjectId;
using object::TreeNode;

namespace {

// Bytes on the heap of a string that is too long for its own object.
std::size_t heap_bytes(const std::string& text) {
  return text.capacity() < sizeof(std::string) / 2 ? 0 : text.capacity() + 1;
}

// The approximate memory of a node.
std::size_t memory_of(const TreeNode& node) {
  constexpr std::size_t kSlot = 192;  // the node object, its slot, and its entry in by_id_
  std::size_t bytes = kSlot + node.leaves.capacity() * sizeof(object::LeafItem) +
                      node.inner.capacity() * sizeof(InnerItem);
  for (const object::LeafItem& item : node.leaves) {
    bytes += heap_bytes(item.path) + heap_bytes(item.entry.symlink_target);
    for (const base::ExtendedAttribute& attribute : item.entry.attributes)
      bytes += sizeof(attribute) + attribute.name.capacity() + attribute.value.capacity();
  }
  for (const InnerItem& item : node.inner) bytes += heap_bytes(item.first_path);
  return bytes;
}

// The most recently used nodes, as many as fit. One thread.
class RecentNodes {
 public:
  explicit RecentNodes(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  NodeSource::Node find(const ObjectId& id) {
    const auto found = by_id_.find(id);
    if (found == by_id_.end()) return nullptr;
    slots_.splice(slots_.begin(), slots_, found->second);
    return found->second->node;
  }

  void keep(const ObjectId& id, const NodeSource::Node& node) {
    const std::size_t bytes = memory_of(*node);
    if (bytes > most_bytes_ || by_id_.contains(id)) return;
    slots_.push_front({id, node, bytes});
    by_id_.emplace(id, slots_.begin());
    for (bytes_ += bytes; bytes_ > most_bytes_; slots_.pop_back()) {
      bytes_ -= slots_.back().bytes;
      by_id_.erase(slots_.back().id);
    }
  }

 private:
  struct Slot {
    ObjectId id;
    NodeSource::Node node;
    std::size_t bytes = 0;
  };
  const std::size_t most_bytes_;
  std::size_t bytes_ = 0;
  std::list<Slot> slots_;  // most recently used first
  std::unordered_map<ObjectId, std::list<Slot>::iterator> by_id_;
};

}  // namespace

// There are many leaves, and each is seldom used again. They must not push out the nodes above
// them, because every lookup needs some of those.
struct NodeSource::Cache {
  explicit Cache(std::size_t bytes) : leaves(bytes / 4), inner(bytes - bytes / 4) {}

  base::Mutex mutex;
  RecentNodes leaves VCS_GUARDED_BY(mutex), inner VCS_GUARDED_BY(mutex);
};

NodeSource::NodeSource(store::ObjectStore& store, std::size_t cached_bytes)
    : store_(store), cache_(std::make_unique<Cache>(cached_bytes)) {}

NodeSource::Node NodeSource::cached(const ObjectId& id) {
  const base::Lock lock(cache_->mutex);
  Node node = cache_->inner.find(id);
  return node ? node : cache_->leaves.find(id);
}

NodeSource::~NodeSource() = default;

Result<NodeSource::Node> NodeSource::get(const ObjectId& id) {
  if (Node known = cached(id)) return known;
  auto bytes = store_.get(id);
  if (!bytes) return Failure(std::move(bytes).error().with_context("tree node"));
  auto decoded = object::decode_tree_node(*bytes);
  if (!decoded)
    return Failure(std::move(decoded).error().with_context("tree node " + id.short_hex()));
  Node node = std::make_shared<const TreeNode>(std::move(*decoded));
  const base::Lock lock(cache_->mutex);
  (node->level == 0 ? cache_->leaves : cache_->inner).keep(id, node);
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
    return wrong("does not start with the path that its parent names");
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

namespace {

// Adds with saturation: the sizes of very large sparse files may exceed 64 bits in all.
void add_bytes(std::uint64_t& sum, std::uint64_t bytes) {
  if (__builtin_add_overflow(sum, bytes, &sum)) sum = std::numeric_limits<std::uint64_t>::max();
}

}  // namespace

InnerItem summarise(const TreeNode& node, const ObjectId& id) {
  InnerItem item;
  item.first_path = item_key(node, 0);
  item.node = id;
  for (const object::LeafItem& leaf : node.leaves) {
    item.files += leaf.entry.type == object::EntryType::file ? 1 : 0;
    item.entries += 1;
    add_bytes(item.bytes, leaf.entry.size);
  }
  for (const InnerItem& inner : node.inner) {
    item.files += inner.files;
    item.entries += inner.entries;
    add_bytes(item.bytes, inner.bytes);
  }
  return item;
}

}  // namespace vcs::tree
