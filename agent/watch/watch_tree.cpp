// SPDX-License-Identifier: Apache-2.0
// Each node knows its parent, so that renaming a folder changes one node.
#include "agent/watch/watch_tree.hpp"

#include <cassert>
#include <utility>
#include <vector>

namespace vcs::agent::watch {

using Node = WatchTree::Node;

// Uses a list of its own: a recursion as deep as the folders would overflow the stack.
Node::~Node() {
  std::vector<std::unique_ptr<Node>> rest;
  const auto take_children = [&rest](Node& node) {
    for (auto& [child_name, child] : node.children) rest.push_back(std::move(child));
    node.children.clear();
  };
  take_children(*this);
  while (!rest.empty()) {
    const std::unique_ptr<Node> node = std::move(rest.back());
    rest.pop_back();
    take_children(*node);
  }
}

Node* WatchTree::find(int descriptor) {
  const auto found = by_descriptor_.find(descriptor);
  return found == by_descriptor_.end() ? nullptr : found->second;
}

std::vector<int> WatchTree::descriptors() const {
  std::vector<int> all;
  all.reserve(by_descriptor_.size());
  for (const auto& [descriptor, node] : by_descriptor_) all.push_back(descriptor);
  return all;
}

Node& WatchTree::deepest(std::string_view path) {
  Node* node = &root_;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    Node* next = find_child(*node, path.substr(0, slash));
    if (next == nullptr) break;
    node = next;
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  }
  return *node;
}

Node* WatchTree::find_child(Node& parent, std::string_view name) {
  const auto found = parent.children.find(name);
  return found == parent.children.end() ? nullptr : found->second.get();
}

Node& WatchTree::child(Node& parent, std::string_view name) {
  if (Node* known = find_child(parent, name)) return *known;
  return attach(std::make_unique<Node>(), parent, name);
}

bool WatchTree::is_attached(const Node& node) const {
  const Node* top = &node;
  while (top->parent != nullptr) top = top->parent;
  return top == &root_;
}

std::string WatchTree::path_of(const Node& node) {
  std::vector<const Node*> way;
  std::size_t length = 0;
  for (const Node* at = &node; at->parent != nullptr; at = at->parent) {
    way.push_back(at);
    length += at->name.size() + 1;
  }
  std::string path;
  path.reserve(length);
  for (auto at = way.rbegin(); at != way.rend(); ++at) {
    if (!path.empty()) path += '/';
    path += (*at)->name;
  }
  return path;
}

bool WatchTree::holds(const Node& node, int descriptor) {
  for (const Node* holder = find(descriptor); holder != nullptr; holder = holder->next_holder)
    if (holder == &node) return true;
  return false;
}

void WatchTree::bind(Node& node, int descriptor) {
  assert(node.descriptor == kNoDescriptor);
  Node*& first = by_descriptor_[descriptor];
  node.next_holder = std::exchange(first, &node);
  node.descriptor = descriptor;
}

bool WatchTree::unbind(Node& node) {
  const auto first = by_descriptor_.find(node.descriptor);
  if (first == by_descriptor_.end()) return false;
  Node** link = &first->second;
  while (*link != &node) link = &(*link)->next_holder;
  *link = std::exchange(node.next_holder, nullptr);
  node.descriptor = kNoDescriptor;
  if (first->second != nullptr) return false;
  by_descriptor_.erase(first);
  return true;
}

std::unique_ptr<Node> WatchTree::detach(Node& node) {
  assert(node.parent != nullptr);
  const auto place = node.parent->children.find(node.name);
  std::unique_ptr<Node> taken = std::move(place->second);
  node.parent->children.erase(place);
  node.parent = nullptr;
  return taken;
}

Node& WatchTree::attach(std::unique_ptr<Node> node, Node& parent, std::string_view name) {
  assert(find_child(parent, name) == nullptr);
  node->parent = &parent;
  node->name = name;
  Node& attached = *node;
  parent.children.emplace(attached.name, std::move(node));
  return attached;
}

void WatchTree::visit(Node& node, const std::function<void(Node&)>& visitor) {
  std::vector<Node*> rest{&node};
  while (!rest.empty()) {
    Node* next = rest.back();
    rest.pop_back();
    visitor(*next);
    for (const auto& [name, child] : next->children) rest.push_back(child.get());
  }
}

}  // namespace vcs::agent::watch
