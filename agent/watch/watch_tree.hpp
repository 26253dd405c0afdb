// SPDX-License-Identifier: Apache-2.0
// Maps each watch descriptor to its folder.
//
// A descriptor leads to a node, which knows its parent and its own name; a path is built when it is
// needed. So renaming a folder moves one node, and all nodes below it keep their descriptors, as
// they do in the kernel:
//
//          root (1)                         root (1)
//          /      \       mv src old/        |
//      src (2)   old (4)      ==>           old (4)
//        |                                    |
//      lib (3)                              src (2)      descriptor 3 now stands for old/src/lib
//                                             |
//                                           lib (3)
//
// The kernel gives a folder one descriptor, even if the tree has it at two places: it is bind
// mounted there, or a walk met it at its new place before the event of its move. Then several nodes
// hold the descriptor, in a list (next_holder), and its events are about each of them:
//
//      descriptor 2  ->  src  ->  old/src     until the event of the move takes src away
//
// Pure: it does not call the system. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace vcs::agent::watch {

class WatchTree {
 public:
  static constexpr int kNoDescriptor = -1;

  struct Node {
    Node() = default;
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;
    ~Node();  // destroys all nodes below, however deep

    Node* parent = nullptr;  // none: the root, or a detached node
    std::string name;
    std::map<std::string, std::unique_ptr<Node>, std::less<>> children;
    int descriptor = kNoDescriptor;
    bool polled = false;                  // no watch was left for it
    std::uint64_t heat = 0;               // higher: its last event is more recent
    bool incomplete = false;              // not all of its folders have a node
    bool unreached = false;               // a folder in it was not found where it should be
    std::uint64_t device = 0, inode = 0;  // of the folder when it was watched
    std::uint64_t mount = 0;              // of the folder then; 0: unknown
    Node* next_holder = nullptr;          // of the same descriptor
  };

  Node& root() { return root_; }
  const Node& root() const { return root_; }
  // The first node that holds `descriptor`, attached or not; `next_holder` leads to the others.
  // nullptr: none.
  Node* find(int descriptor);
  bool holds(const Node& node, int descriptor);  // `node` may be destroyed already
  std::vector<int> descriptors() const;          // all that are held
  // The node at `path`, or the deepest node above it.
  Node& deepest(std::string_view path);
  static Node* find_child(Node& parent, std::string_view name);
  // Finds or makes the child.
  Node& child(Node& parent, std::string_view name);

  bool is_attached(const Node& node) const;
  // Relative to the root, or to the top of the detached part.
  static std::string path_of(const Node& node);

  // Gives `descriptor` to `node`, which must have none. Other nodes that hold it keep it.
  void bind(Node& node, int descriptor);
  // Takes its descriptor from `node`. True: no other node holds it.
  bool unbind(Node& node);

  // A detached node keeps its descriptors and all below it. Before it is destroyed, unbind them.
  std::unique_ptr<Node> detach(Node& node);
  Node& attach(std::unique_ptr<Node> node, Node& parent, std::string_view name);

  // `node` and all below it, parents first. The visitor must not change the shape.
  static void visit(Node& node, const std::function<void(Node&)>& visitor);

 private:
  Node root_;
  std::unordered_map<int, Node*> by_descriptor_;
};

}  // namespace vcs::agent::watch
