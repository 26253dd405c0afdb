// SPDX-License-Identifier: Apache-2.0
// A tree in memory beside its model, a plain map; for the tests of trees.
#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

#include "core/tree/tree.hpp"
#include "tests/support/memory_object_store.hpp"

namespace vcs::test {

using TreeModel = std::map<std::string, object::TreeEntry, object::PathLess>;

inline object::TreeEntry file_entry(std::uint64_t version) {
  object::TreeEntry entry;
  entry.mode = 0644;
  entry.mtime = base::unix_nanos(static_cast<std::int64_t>(version));
  entry.size = version;
  entry.content.kind = object::ContentKind::blob;
  entry.content.id.bytes[0] = static_cast<std::uint8_t>(version);
  return entry;
}

// Returns the value of a Result, or fails the test.
template <typename T>
T must(base::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}
inline void must(base::Result<void> result) {
  if (!result) throw std::runtime_error(result.error().message);
}

struct TreeFixture {
  MemoryObjectStore store;
  tree::NodeSource nodes{store};
  std::size_t emitted = 0, emitted_bytes = 0;  // by the last edit

  base::Result<object::ObjectId> try_edit(const object::ObjectId& root,
                                          const std::vector<tree::TreeEdit>& edits) {
    emitted = emitted_bytes = 0;
    return tree::edit_tree(nodes, root, edits, [&](const object::ObjectId& id, base::Bytes bytes) {
      ++emitted;
      emitted_bytes += bytes.size();
      const bool right = store.put(object::ObjectKind::tree_node, bytes) == id;
      return right ? base::Result<void>() : base::fail(base::ErrorCode::corrupt, "wrong id");
    });
  }
  object::ObjectId edit(const object::ObjectId& root, const std::vector<tree::TreeEdit>& edits) {
    return must(try_edit(root, edits));
  }
  object::ObjectId build(const TreeModel& model) {
    std::vector<tree::TreeEdit> edits;
    edits.reserve(model.size());
    for (const auto& [path, entry] : model) edits.push_back({path, entry});
    return edit({}, edits);
  }
  TreeModel read(const object::ObjectId& root) {
    TreeModel model;
    must(tree::walk_tree(nodes, root, "", true,
                         [&](const std::string& path, const object::TreeEntry& entry) {
                           model.emplace_hint(model.end(), path, entry);
                           return true;
                         }));
    return model;
  }
  object::ObjectId put_node(const object::TreeNode& node) {
    return store.put(object::ObjectKind::tree_node, object::encode_tree_node(node));
  }
};

// Applies a set of changes to a model, and gives them as sorted edits.
inline std::vector<tree::TreeEdit> apply_to_model(
    TreeModel& model,
    const std::map<std::string, std::optional<object::TreeEntry>, object::PathLess>& changes) {
  std::vector<tree::TreeEdit> edits;
  for (const auto& [path, entry] : changes) {
    edits.push_back({path, entry});
    if (entry)
      model[path] = *entry;
    else
      model.erase(path);
  }
  return edits;
}

// A path of up to four short names, with bytes that sort around '/'.
inline std::string random_path(std::mt19937_64& random) {
  static const std::string kBytes = "abz.-0\x01\xff";
  std::string path;
  const std::size_t depth = 1 + random() % 4;
  for (std::size_t level = 0; level < depth; ++level) {
    if (level > 0) path += '/';
    path += 'n';  // never "." or ".."
    for (std::size_t length = random() % 4; length > 0; --length)
      path += kBytes[random() % kBytes.size()];
  }
  return path;
}

// Paths many of which start nodes, some on high levels: a few hundred of them make a tree as tall
// as a million ordinary paths.
inline std::vector<std::string> tall_pool(std::mt19937_64& random, std::size_t size) {
  std::vector<std::string> pool;
  while (pool.size() < size) {
    std::string path = random_path(random) + std::to_string(random() % 1000000);
    const std::uint64_t dice = random() % 8;
    const bool taken = dice < 3   ? !object::starts_node(path, 0)
                       : dice < 6 ? object::starts_node(path, 0)
                                  : object::starts_node(path, 1);
    if (taken) pool.push_back(std::move(path));
  }
  for (std::size_t i = 0; i < 6 && i < size;) {
    std::string path = "t" + std::to_string(random());
    if (object::starts_node(path, 2)) pool[i++] = std::move(path);
  }
  return pool;
}

}  // namespace vcs::test
