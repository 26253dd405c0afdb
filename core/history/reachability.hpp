// SPDX-License-Identifier: Apache-2.0
// Checks whether a tree is complete: whether all its nodes, chunk lists and blobs are there.
#pragma once

#include <functional>
#include <string>

#include "core/store/id_set.hpp"
#include "core/store/object_store.hpp"

namespace vcs::history {

// Remembers complete objects, so the trees of a long history cost only their differences.
// Not thread-safe.
class Reachability {
 public:
  // Whether an object can be read, without reading it.
  using Present = std::function<bool(const object::ObjectId&)>;
  // Gets an object that a tree needs and that cannot be read, with a path that needs it.
  using Missing = std::function<void(const object::ObjectId& id, object::ObjectKind kind,
                                     const std::string& path, const Error& why)>;

  Reachability(store::ObjectStore& store, Present present)
      : store_(store), present_(std::move(present)) {}

  // True if nothing is missing. A zero root is the empty tree.
  bool check_tree(const object::ObjectId& root, const Missing& missing);

 private:
  bool check_node(const object::ObjectId& id, const std::string& path, int below_level,
                  const Missing& missing);
  bool check_chunks(const object::ObjectId& id, const std::string& path, int below_level,
                    const Missing& missing);
  bool check_blob(const object::ObjectId& id, const std::string& path, const Missing& missing);

  store::ObjectStore& store_;
  const Present present_;
  store::IdSet nodes_, chunk_lists_, blobs_;  // complete, with all below them
};

}  // namespace vcs::history
