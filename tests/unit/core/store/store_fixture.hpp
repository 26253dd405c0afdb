// SPDX-License-Identifier: Apache-2.0
// What the store's tests share: a store in a folder of its own, and small snapshots.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/history/ref_store.hpp"
#include "core/object/commit.hpp"
#include "core/object/hasher.hpp"
#include "core/object/tree_node.hpp"
#include "core/store/object_store.hpp"
#include "tests/support/must.hpp"
#include "tests/support/quick_folder.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/unit/core/pack/pack_fixture.hpp"

namespace vcs::store {

using pack::frame_of;
using pack::id_of;
using pack::noise;

inline std::unique_ptr<ObjectStore> open_store(base::FileSystem& filesystem,
                                               const std::string& path,
                                               const StoreOptions& options = {}) {
  return test::must(ObjectStore::open(test::must(filesystem.make_directories(path)), options, {}));
}

inline std::string get_text(ObjectStore& store, const object::ObjectId& id) {
  return std::string(base::as_text(test::must(store.get(id))));
}

using Files = std::map<std::string, std::string>;

inline std::string tree_text(const Files& files) {
  object::TreeNode node;
  for (const auto& [path, content] : files) {
    object::TreeEntry entry;
    entry.size = content.size();
    entry.content = {object::ContentKind::blob, id_of(content)};
    node.leaves.push_back({path, entry});
  }
  return std::string(base::as_text(object::encode_tree_node(node)));
}

inline std::string commit_text(std::string_view tree, std::uint64_t sequence,
                               std::optional<object::ObjectId> parent) {
  object::Commit commit;
  commit.parent = parent;
  commit.tree = tree.empty() ? object::ObjectId{} : id_of(tree);
  commit.sequence = sequence;
  commit.time = base::UnixNanos(std::chrono::seconds(sequence));
  commit.device = "00112233aabbccdd";
  return std::string(base::as_text(object::encode_commit(commit)));
}

// Appends and commits what a worktree with these files is.
inline base::Result<object::ObjectId> try_snapshot(ObjectStore& store, const Files& files,
                                                   std::uint64_t sequence,
                                                   std::optional<object::ObjectId> parent) {
  std::vector<std::string> contents;
  for (const auto& [path, content] : files) contents.push_back(content);
  const std::string tree = tree_text(files);
  if (!contents.empty()) VCS_TRY(store.append(frame_of(contents)));
  VCS_TRY(store.append(frame_of({tree}, object::ObjectKind::tree_node)));
  const std::string commit = commit_text(tree, sequence, parent);
  VCS_TRY(store.commit(frame_of({commit}, object::ObjectKind::commit, true)));
  return id_of(commit);
}

inline object::ObjectId snapshot(ObjectStore& store, const Files& files, std::uint64_t sequence,
                                 std::optional<object::ObjectId> parent) {
  return test::must(try_snapshot(store, files, sequence, parent));
}

using test::QuickFolder;

// A folder with packs/ and refs/.
class StoreBox {
 public:
  std::string packs() const { return folder_ / "packs"; }
  std::string pack(int number) const { return fmt::format("{}/{:08}.pack", packs(), number); }
  std::string index(int number) const { return fmt::format("{}/{:08}.idx", packs(), number); }
  std::unique_ptr<ObjectStore> open(const StoreOptions& options = {}) {
    return open_store(*filesystem_, packs(), options);
  }
  history::RefStore refs() {
    return history::RefStore(test::must(filesystem_->make_directories(folder_ / "refs")));
  }
  std::string ref(const std::string& name) const { return (folder_ / "refs") + "/" + name; }

 private:
  QuickFolder folder_;
  std::unique_ptr<base::FileSystem> filesystem_ = base::make_posix_filesystem();
};

}  // namespace vcs::store
