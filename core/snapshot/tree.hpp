// The snapshot tree: reading, walking and editing one sorted, content-split Merkle map from path to
// entry (a prolly tree).
//
// History-independent: the same entries give the same root whatever the order of edits. An edit
// reads and rewrites only the nodes on the way to what it changes: one per level where keys stay, a
// few more where a boundary comes or goes.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/object/chunk_list.hpp"
#include "core/object/tree_node.hpp"
#include "core/store/object_store.hpp"

namespace vcs::snapshot {

// Decoded tree nodes by id, from a store, with a bounded cache. Thread-safe.
class NodeSource {
 public:
  using Node = std::shared_ptr<const object::TreeNode>;
  explicit NodeSource(store::ObjectStore& store, std::size_t cached_nodes = 256);
  ~NodeSource();
  base::Result<Node> get(const object::ObjectId& id);

 private:
  struct Cache;
  store::ObjectStore& store_;
  std::unique_ptr<Cache> cache_;
};

struct TreeTotals {
  std::uint64_t files = 0, entries = 0, bytes = 0;
};

// A root of all zeros is the empty tree everywhere below.

// Counts of a whole tree, from its root node alone.
base::Result<TreeTotals> tree_totals(NodeSource& nodes, const object::ObjectId& root);

// Nothing: no such path.
base::Result<std::optional<object::TreeEntry>> find_entry(NodeSource& nodes,
                                                          const object::ObjectId& root,
                                                          std::string_view path);

// Walks entries in order.
class TreeCursor {
 public:
  TreeCursor(NodeSource& nodes, const object::ObjectId& root);
  base::Result<void> seek(std::string_view path);         // to the first entry >= path
  base::Result<void> seek_past(std::string_view folder);  // past `folder` and all below it
  base::Result<void> next();
  bool valid() const;
  const object::LeafItem& item() const;

 private:
  struct Step {
    NodeSource::Node node;
    std::size_t position = 0;
  };
  base::Result<void> descend(std::string_view path);
  base::Result<void> settle();  // climb and descend to the next leaf item after a node's end

  NodeSource& nodes_;
  object::ObjectId root_;
  std::vector<Step> steps_;  // root first
};

// Entries at and below `folder` ("" for all), in order. With `recursive` false only direct
// children. The visitor returns false to stop.
using EntryVisitor = std::function<bool(const std::string& path, const object::TreeEntry& entry)>;
base::Result<void> walk_tree(NodeSource& nodes, const object::ObjectId& root,
                             std::string_view folder, bool recursive, const EntryVisitor& visitor);

struct TreeEdit {
  std::string path;
  std::optional<object::TreeEntry>
      entry;  // none: remove this entry (entries below it are edits of their own)
};

// Applies sorted, distinct edits and returns the new root; nodes that are new go to `emit`
// (children before parents). An edit that changes nothing emits nothing. Also the way a first tree
// is made: edits on the empty root.
base::Result<object::ObjectId> edit_tree(NodeSource& nodes, const object::ObjectId& root,
                                         const std::vector<TreeEdit>& edits,
                                         const object::EmitObject& emit);

}  // namespace vcs::snapshot
