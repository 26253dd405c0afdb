// SPDX-License-Identifier: Apache-2.0
// A fetch from a damaged remote that is the last copy: all undamaged files come back, and the rest
// is named.
#include <catch2/catch.hpp>
#include <set>

#include "core/sync/fetcher.hpp"
#include "core/tree/tree.hpp"
#include "tests/support/must.hpp"
#include "tests/unit/core/sync/sync_fixture.hpp"

namespace vcs::test {

namespace {

using object::ObjectId;

using Files = std::map<std::string, std::string>;

constexpr std::size_t kFiles = 12;

sync::FetchOptions salvaging() {
  sync::FetchOptions options;
  options.salvage = true;
  return options;
}

// Three commits, each in a push of its own: the first has all files, the others change one each.
struct Scene {
  LocalHistory history;
  WatchedRemote remote;
  std::vector<ObjectId> commits;
  std::map<ObjectId, Files> contents;
  std::map<std::string, base::Bytes> whole;

  Scene() {
    std::map<std::string, std::optional<std::string>> files;
    for (std::size_t i = 0; i < kFiles; ++i)
      files[fmt::format("d{}/f{}", i % 3, i)] = noise(300, static_cast<std::uint32_t>(i));
    push(files);
    push({{"d1/f1", "second"}});
    push({{"d2/f2", "third"}});
    whole = remote.objects();
    remote.reset();
  }

  void push(const std::map<std::string, std::optional<std::string>>& files) {
    commits.push_back(history.save(files));
    contents[commits.back()] = files_of(history.store(), commits.back());
    REQUIRE(push_to(remote, history).has_value());
  }

  // Requires that a fetch gives a commit, and each file of it or a report of its loss; counts the
  // lost files.
  std::uint64_t check_salvage(const std::string& what) {
    INFO(what);
    LocalHistory copy;
    const auto fetched = sync::fetch(remote, copy.store(), salvaging());
    INFO((fetched ? "" : fetched.error().message));
    REQUIRE(fetched.has_value());
    REQUIRE(contents.contains(fetched->head));
    if (!fetched->complete) CHECK_FALSE(fetched->incomplete.empty());
    if (fetched->head != commits.back()) CHECK(fetched->missed_head.has_value());
    std::set<std::string> lost;
    for (const sync::LostFile& file : fetched->lost_files) {
      lost.insert(file.path);
      CHECK_FALSE(file.why.empty());
      if (file.older) CHECK(contents.contains(*file.older));
    }
    check_files(copy.store(), *fetched, lost);
    return fetched->lost;
  }

  void check_files(store::ObjectStore& store, const sync::FetchReport& fetched,
                   const std::set<std::string>& lost) {
    tree::NodeSource nodes(store);
    bool unknown = false;
    for (const auto& [path, content] : contents.at(fetched.head)) {
      const auto entry = tree::find_entry(nodes, fetched.commit.tree, path);
      unknown = unknown || !entry;
      if (!entry || lost.contains(path)) continue;
      REQUIRE(entry->has_value());
      if ((*entry)->content.kind != object::ContentKind::blob) continue;
      const auto bytes = store.get((*entry)->content.id);
      INFO(path);
      REQUIRE(bytes.has_value());
      CHECK(std::string(base::as_text(*bytes)) == content);
    }
    if (unknown) CHECK(fetched.lost > 0);
  }
};

}  // namespace

TEST_CASE("salvage: one flipped bit anywhere at a remote costs no file") {
  Scene scene;
  for (const auto& [name, bytes] : scene.whole) {
    const std::size_t step = 1 + bytes.size() / 15;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
      scene.remote.objects() = scene.whole;
      scene.remote.objects()[name][at] ^= static_cast<std::uint8_t>(1u << (at % 8));
      CHECK(scene.check_salvage(fmt::format("{} at {}", name, at)) == 0);
    }
  }
}

TEST_CASE("salvage: any object of a remote that is missing costs what was in it alone") {
  Scene scene;
  for (const auto& [name, bytes] : scene.whole) {
    scene.remote.objects() = scene.whole;
    scene.remote.objects().erase(name);
    const auto lost = scene.check_salvage(name);
    const bool first_pack = name.starts_with("packs/") && bytes.size() > 3000;
    if (!first_pack) CHECK(lost <= 1);
  }
}

TEST_CASE("salvage: any object of a remote that is cut off costs what was behind the cut alone") {
  Scene scene;
  for (const auto& [name, bytes] : scene.whole) {
    for (const std::size_t part : {0, 1, 2, 3}) {
      scene.remote.objects() = scene.whole;
      scene.remote.objects()[name].resize(bytes.size() * part / 4);
      scene.check_salvage(fmt::format("{} cut to {}/4", name, part));
    }
  }
}

TEST_CASE(
    "salvage: with a ref that came and packs that did not, the newest earlier commit is taken") {
  WatchedRemote earlier;
  LocalHistory history;
  // The remote has the packs from before the last push, and the ref from after it.
  std::set<std::string> before;
  history.save({{"book", "chapter"}});
  REQUIRE(push_to(earlier, history).has_value());
  for (const auto& [name, bytes] : earlier.objects()) before.insert(name);
  history.save({{"note", "new"}});
  REQUIRE(push_to(earlier, history).has_value());
  const ObjectId newest = *history.head();
  std::erase_if(earlier.objects(), [&](const auto& object) {
    return object.first.starts_with("packs/") && !before.contains(object.first);
  });
  LocalHistory copy;
  const auto fetched = must(sync::fetch(earlier, copy.store(), salvaging()));
  CHECK_FALSE(fetched.complete);
  CHECK(fetched.missed_head == newest);
  CHECK(fetched.lost == 0);
  CHECK(files_of(copy.store(), fetched.head) == Files{{"book", "chapter"}});
  // Without the option to salvage, an incomplete fetch fails.
  CHECK_FALSE(sync::fetch(earlier, copy.store(), {}).has_value());
}

TEST_CASE("salvage: a lost file is named with the commit that has it as it was before") {
  LocalHistory history;
  WatchedRemote remote;
  const ObjectId old = history.save({{"a", "first"}, {"b", "b"}});
  REQUIRE(push_to(remote, history).has_value());
  history.save({{"c", "c"}});
  REQUIRE(push_to(remote, history).has_value());
  const auto before = remote.names("packs/");
  const std::string changed = noise(300'000, 5);
  history.save({{"a", changed}});
  REQUIRE(push_to(remote, history).has_value());
  // Damages the content in the last pack. The content frames lie at its beginning.
  for (const std::string& name : remote.names("packs/")) {
    if (std::find(before.begin(), before.end(), name) != before.end()) continue;
    base::Bytes& pack = remote.objects()[name];
    for (std::size_t at = 20'000; at < 24'000 && at < pack.size(); ++at) pack[at] ^= 0xff;
  }
  LocalHistory copy;
  const auto fetched = must(sync::fetch(remote, copy.store(), salvaging()));
  CHECK(fetched.head == *history.head());
  REQUIRE(fetched.lost == 1);
  CHECK(fetched.lost_files.at(0).path == "a");
  CHECK(fetched.lost_files.at(0).older.has_value());
  CHECK(*fetched.lost_files.at(0).older != fetched.head);
  CHECK(files_of(copy.store(), old).at("a") == "first");
}

TEST_CASE("salvage: a fetch that was cut off goes on, and a remote that is away is no damage") {
  Scene scene;
  LocalHistory copy;
  scene.remote.fail_at = 6;
  scene.remote.fail_all_from_there = true;
  CHECK_FALSE(sync::fetch(scene.remote, copy.store(), salvaging()).has_value());
  scene.remote.fail_at = 0;
  scene.remote.reset();
  const auto fetched = must(sync::fetch(scene.remote, copy.store(), salvaging()));
  CHECK(fetched.complete);
  CHECK(fetched.damage.empty());
}

TEST_CASE("salvage: an object that cannot be read at all is damage where the others can be") {
  Scene scene;
  for (std::uint64_t n = 1; n <= 14; ++n) {
    LocalHistory copy;
    scene.remote.reset();
    scene.remote.fail_at = n;
    const auto fetched = sync::fetch(scene.remote, copy.store(), salvaging());
    if (fetched) CHECK(scene.contents.contains(fetched->head));
    scene.remote.fail_at = 0;
  }
}

}  // namespace vcs::test
