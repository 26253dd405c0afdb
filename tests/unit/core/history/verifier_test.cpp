// SPDX-License-Identifier: Apache-2.0
// What verification finds, and what it names.
#include "core/history/verifier.hpp"

#include <catch2/catch.hpp>

#include "core/object/chunk_list.hpp"
#include "tests/unit/core/store/store_fixture.hpp"

namespace vcs::history {
namespace {

using namespace store;

using object::ObjectId;

VerifyResult run(store::ObjectStore& store, const std::vector<ObjectId>& heads,
                 bool read_data = true) {
  VerifyOptions options;
  options.read_data = read_data;
  options.threads = 2;
  return test::must(verify(store, heads, options));
}

bool mentions(const std::vector<std::string>& errors, const std::string& text) {
  for (const std::string& error : errors)
    if (error.find(text) != std::string::npos) return true;
  return false;
}

TEST_CASE("verifier: a healthy store has no errors, and is counted") {
  StoreBox box;
  auto store = box.open();
  const ObjectId one = snapshot(*store, {{"f", "one"}}, 1, {});
  const ObjectId two = snapshot(*store, {{"f", "one"}, {"g", "two"}}, 2, one);
  const VerifyResult result = run(*store, {two});
  REQUIRE(result.errors.empty());
  REQUIRE(result.packs == 1);
  REQUIRE(result.objects == store->stats().objects);
  REQUIRE(result.bytes > 0);
  REQUIRE(result.bytes < store->stats().bytes_stored);
}

TEST_CASE("verifier: a missing blob is told with its commits and paths") {
  StoreBox box;
  auto store = box.open();
  Files files;
  for (int n = 0; n < 8; ++n) files["path" + std::to_string(n)] = "missing";
  const std::string tree = tree_text(files);
  REQUIRE(store->append(frame_of({tree}, object::ObjectKind::tree_node)));
  std::vector<ObjectId> commits;
  for (std::uint64_t n = 1; n <= 7; ++n) {
    const std::string commit =
        commit_text(tree, n, commits.empty() ? std::nullopt : std::optional(commits.back()));
    REQUIRE(store->commit(frame_of({commit}, object::ObjectKind::commit, true)));
    commits.push_back(id_of(commit));
  }
  const auto errors = run(*store, {commits.back()}, false).errors;
  REQUIRE(errors.size() == 1);
  REQUIRE(mentions(errors, id_of("missing").short_hex()));
  REQUIRE(mentions(errors, commits.back().short_hex()));
  REQUIRE(mentions(errors, "and 2 more. Paths: 'path0', 'path1'"));
  REQUIRE(mentions(errors, "and 3 more."));
}

TEST_CASE("verifier: a missing parent, tree node or head is told") {
  StoreBox box;
  auto store = box.open();
  const ObjectId orphan = snapshot(*store, {{"f", "one"}}, 2, id_of("lost parent"));
  const std::string bare = commit_text("no such tree", 1, {});
  REQUIRE(store->commit(frame_of({bare}, object::ObjectKind::commit, true)));
  const auto errors = run(*store, {orphan, id_of(bare), id_of("no head")}).errors;
  REQUIRE(errors.size() == 3);
  REQUIRE(mentions(errors, "Commit " + id_of("lost parent").short_hex() + ", needed by commit " +
                               orphan.short_hex()));
  REQUIRE(mentions(errors, id_of("no such tree").short_hex()));
  REQUIRE(mentions(errors, "Commit " + id_of("no head").short_hex() + ", needed by a ref"));
}

TEST_CASE("verifier: inner nodes and chunk lists are followed") {
  StoreBox box;
  auto store = box.open();
  std::vector<object::ChunkListEntry> chunks{{id_of("chunk a"), 7}, {id_of("chunk b"), 7}};
  const ObjectId list =
      test::must(object::build_chunk_list(chunks, [&](const ObjectId&, const base::Bytes& bytes) {
        return store->append(
            frame_of({std::string(base::as_text(bytes))}, object::ObjectKind::chunk_list));
      }));
  object::TreeNode leaf;
  object::TreeEntry entry;
  entry.size = 14;
  entry.content = {object::ContentKind::chunks, list};
  leaf.leaves.push_back({"large", entry});
  const std::string leaf_text(base::as_text(object::encode_tree_node(leaf)));
  object::TreeNode root;
  root.level = 1;
  root.inner.push_back({"large", id_of(leaf_text), 1, 1, 14});
  const std::string root_text(base::as_text(object::encode_tree_node(root)));
  REQUIRE(store->append(frame_of({leaf_text, root_text}, object::ObjectKind::tree_node)));
  const std::string commit = commit_text(root_text, 1, {});
  REQUIRE(store->append(frame_of({"chunk a"})));
  REQUIRE(store->commit(frame_of({commit}, object::ObjectKind::commit, true)));
  const auto errors = run(*store, {id_of(commit)}).errors;
  REQUIRE(errors.size() == 1);
  REQUIRE(mentions(errors, id_of("chunk b").short_hex()));
  REQUIRE(mentions(errors, "'large'"));
  REQUIRE(store->append(frame_of({"chunk b"})));
  REQUIRE(run(*store, {id_of(commit)}).errors.empty());
}

TEST_CASE("verifier: content under a wrong name is found when data is read") {
  StoreBox box;
  auto store = box.open();
  object::Compressor compressor;
  const pack::FrameInput liar{id_of("claimed"), base::as_bytes("actual")};
  REQUIRE(store->append(test::must(
      pack::encode_frame(object::ObjectKind::blob, std::span(&liar, 1), 1, compressor))));
  const std::string tree = tree_text({{"f", "claimed"}});
  REQUIRE(store->append(frame_of({tree}, object::ObjectKind::tree_node)));
  const std::string commit = commit_text(tree, 1, {});
  REQUIRE(store->commit(frame_of({commit}, object::ObjectKind::commit, true)));
  REQUIRE(store->get(id_of("claimed")).error().code == base::ErrorCode::corrupt);
  REQUIRE(run(*store, {id_of(commit)}, false).errors.empty());
  const auto errors = run(*store, {id_of(commit)}, true).errors;
  REQUIRE(errors.size() == 2);
  REQUIRE(mentions(errors, "has another content than its id"));
  REQUIRE(mentions(errors, "'f'"));
}

TEST_CASE("verifier: a record of an index that fits no frame is told") {
  StoreBox box;
  store::StoreOptions options;
  options.seal_at = 1;
  auto store = box.open(options);
  const ObjectId head = snapshot(*store, {{"f", "one"}}, 1, {});
  std::string index = test::read_file(box.index(1));
  index[1088 + 32] ^= 1;  // the frame offset of the only record
  test::write_file(box.index(1), index);
  const auto errors = run(*store, {head}).errors;
  REQUIRE(mentions(errors, "The checksum of the records in 00000001.idx is wrong"));
  REQUIRE(
      mentions(errors, "1 of the 1 records of 00000001.idx do not match any object in its pack"));
}

TEST_CASE("verifier: it can be cancelled, and tells its progress") {
  StoreBox box;
  auto store = box.open();
  const ObjectId head = snapshot(*store, {{"f", "one"}}, 1, {});
  std::atomic<bool> cancel{true};
  VerifyOptions options;
  options.cancel = &cancel;
  REQUIRE(verify(*store, std::span(&head, 1), options).error().code == base::ErrorCode::cancelled);

  std::string noise(6'000'000, '\0');
  std::uint64_t state = 1;
  for (char& c : noise) c = static_cast<char>((state = state * 6364136223846793005u + 1) >> 56);
  REQUIRE(store->append(frame_of({noise})));
  std::atomic<std::uint64_t> told{0};
  options.cancel = nullptr;
  options.progress = [&](const VerifyProgress& progress) { told = progress.bytes_done; };
  REQUIRE(test::must(verify(*store, std::span(&head, 1), options)).errors.empty());
  REQUIRE(told > 4'000'000);
}

}  // namespace
}  // namespace vcs::history
