// SPDX-License-Identifier: Apache-2.0
// Tests of agent/watch/watch_tree.
#include "agent/watch/watch_tree.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "tests/support/seeded_random.hpp"

using namespace vcs;
using agent::watch::WatchTree;
using Node = WatchTree::Node;

namespace {

Node& make(WatchTree& tree, const std::string& path) {
  Node* node = &tree.root();
  std::size_t at = 0;
  while (at <= path.size()) {
    const std::size_t slash = std::min(path.find('/', at), path.size());
    node = &tree.child(*node, path.substr(at, slash - at));
    at = slash + 1;
  }
  return *node;
}

// The model: a path for each descriptor; when a folder moves, every path below is rewritten.
using Model = std::map<int, std::string>;

bool is_at_or_below(const std::string& path, const std::string& folder) {
  return path == folder || path.starts_with(folder + "/");
}

void check_same(WatchTree& tree, const Model& model) {
  for (const auto& [descriptor, path] : model) {
    Node* node = tree.find(descriptor);
    REQUIRE(node != nullptr);
    REQUIRE(WatchTree::path_of(*node) == path);
    REQUIRE(&tree.deepest(path) == node);
    REQUIRE(tree.is_attached(*node));
  }
  std::size_t bound = 0;
  WatchTree::visit(tree.root(), [&](Node& node) { bound += node.descriptor >= 0; });
  REQUIRE(bound == model.size());
}

}  // namespace

TEST_CASE("watch tree: a moved node takes all below it along") {
  WatchTree tree;
  tree.bind(make(tree, "a/b/c"), 3);
  Node& c = *tree.find(3);
  auto moved = tree.detach(tree.deepest("a/b"));
  CHECK_FALSE(tree.is_attached(c));
  CHECK(WatchTree::path_of(c) == "c");
  CHECK(tree.find(3) == &c);
  tree.attach(std::move(moved), tree.root(), "d");
  CHECK(WatchTree::path_of(c) == "d/c");
  CHECK(&tree.deepest("d/c") == &c);
  CHECK(WatchTree::path_of(tree.deepest("a/b/c")) == "a");
}

TEST_CASE("watch tree: a descriptor may stand for several nodes") {
  WatchTree tree;
  Node& a = make(tree, "a");
  Node& b = make(tree, "b");
  Node& c = make(tree, "c");
  tree.bind(a, 1);
  tree.bind(b, 1);
  tree.bind(c, 1);
  CHECK(tree.find(1) != nullptr);
  for (const Node* node : {&a, &b, &c}) CHECK(tree.holds(*node, 1));
  CHECK(tree.descriptors().size() == 1);
  CHECK_FALSE(tree.unbind(b));
  CHECK_FALSE(tree.unbind(b));
  CHECK_FALSE(tree.holds(b, 1));
  CHECK_FALSE(tree.unbind(c));
  CHECK(tree.find(1) == &a);
  CHECK(a.next_holder == nullptr);
  CHECK(tree.unbind(a));
  CHECK(tree.find(1) == nullptr);
}

TEST_CASE("watch tree: a hundred thousand folders below each other") {
  WatchTree tree;
  Node* node = &tree.root();
  for (int depth = 0; depth < 100'000; ++depth) node = &tree.child(*node, "d");
  CHECK(WatchTree::path_of(*node).size() == 199'999);
  std::size_t count = 0;
  WatchTree::visit(tree.root(), [&](Node&) { ++count; });
  CHECK(count == 100'001);
}

TEST_CASE("watch tree: random renames, as a model has them") {
  const std::uint64_t seed = test::test_seed();
  CAPTURE(seed);
  test::SeededRandom random(seed);
  WatchTree tree;
  Model model;
  int next = 1;
  const auto any_path = [&] {
    std::string path;
    for (std::uint64_t depth = 1 + random.below(4); depth > 0; --depth)
      path += (path.empty() ? "" : "/") + std::string(1, static_cast<char>('a' + random.below(3)));
    return path;
  };
  for (int step = 0; step < 3000; ++step) {
    const std::string from = any_path(), to = any_path();
    Node& source = tree.deepest(from);
    const bool known = WatchTree::path_of(source) == from;
    if (random.one_in(3)) {
      Node& node = make(tree, to);
      if (node.descriptor != WatchTree::kNoDescriptor) continue;
      tree.bind(node, next);
      model[next++] = to;
    } else if (random.one_in(4) && known) {
      auto dropped = tree.detach(source);
      WatchTree::visit(*dropped, [&](Node& node) { tree.unbind(node); });
      std::erase_if(model, [&](const auto& each) { return is_at_or_below(each.second, from); });
    } else if (known && WatchTree::path_of(tree.deepest(to)) != to && !is_at_or_below(to, from)) {
      const std::size_t slash = to.rfind('/');
      Node& parent = slash == std::string::npos ? tree.root() : make(tree, to.substr(0, slash));
      tree.attach(tree.detach(source), parent, to.substr(slash + 1));
      for (auto& [descriptor, path] : model)
        if (is_at_or_below(path, from)) path = to + path.substr(from.size());
    }
    if (step % 50 == 0) check_same(tree, model);
  }
  check_same(tree, model);
}
