// SPDX-License-Identifier: Apache-2.0
// Ref files, and where the head is after opening.
#include "core/history/ref_store.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "core/history/ref_file.hpp"
#include "tests/unit/core/store/store_fixture.hpp"

namespace vcs::history {
namespace {

using namespace store;

namespace fs = std::filesystem;
using base::ErrorCode;
using object::ObjectId;
using OptionalId = std::optional<ObjectId>;

// Three commits; the third changes the file of the second.
struct History {
  explicit History(store::ObjectStore& store) {
    one = snapshot(store, {{"f", "one"}}, 1, {});
    two = snapshot(store, {{"f", "two"}}, 2, one);
    three = snapshot(store, {{"f", "three"}}, 3, two);
  }
  ObjectId one, two, three;
};

TEST_CASE("ref store: what was written is read, and names are told") {
  StoreBox box;
  RefStore refs = box.refs();
  REQUIRE(test::must(refs.read("head")) == std::nullopt);
  REQUIRE(test::must(refs.names()).empty());
  REQUIRE(refs.write("head", id_of("a")));
  REQUIRE(refs.write("other-1.x", id_of("b"), true));
  REQUIRE(refs.write("head", id_of("c")));
  REQUIRE(test::must(refs.read("head")) == id_of("c"));
  REQUIRE(test::must(refs.names()) == std::vector<std::string>{"head", "other-1.x"});
}

TEST_CASE("ref store: a ref that moves stays the same file, unless it must be durable") {
  StoreBox box;
  RefStore refs = box.refs();
  const auto inode = [&] {
    struct stat found {};
    REQUIRE(stat(box.ref("head").c_str(), &found) == 0);
    return found.st_ino;
  };
  REQUIRE(refs.write("head", id_of("a")));
  const ino_t first = inode();
  REQUIRE(refs.write("head", id_of("b")));
  REQUIRE(inode() == first);
  REQUIRE(refs.write("head", id_of("c"), true));
  REQUIRE(inode() != first);
  REQUIRE(test::must(refs.read("head")) == id_of("c"));
}

TEST_CASE("ref store: a ref of a wrong length is replaced as a whole") {
  StoreBox box;
  RefStore refs = box.refs();
  for (const std::size_t length : {0u, 5u, 100u}) {
    test::write_file(box.ref("head"), std::string(length, 'x'));
    REQUIRE(refs.write("head", id_of("a")));
    REQUIRE(test::must(refs.read("head")) == id_of("a"));
  }
}

TEST_CASE("ref store: a name that is none is refused") {
  StoreBox box;
  RefStore refs = box.refs();
  for (const std::string name : {"", "a/b", ".hidden", "..", "a b", "\n"}) {
    REQUIRE(refs.read(name).error().code == ErrorCode::invalid);
    REQUIRE(refs.write(name, id_of("a")).error().code == ErrorCode::invalid);
  }
}

TEST_CASE("ref store: every flipped byte and every cut is corrupt") {
  StoreBox box;
  RefStore refs = box.refs();
  REQUIRE(refs.write("head", id_of("a")));
  const std::string whole = test::read_file(box.ref("head"));
  REQUIRE(whole.size() == kRefFileSize);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] ^= 0x20;
    test::write_file(box.ref("head"), damaged);
    REQUIRE(refs.read("head").error().code == ErrorCode::corrupt);
    test::write_file(box.ref("head"), whole.substr(0, i));
    REQUIRE(refs.read("head").error().code == ErrorCode::corrupt);
  }
  test::write_file(box.ref("head"), whole + std::string(100'000, 'x'));
  REQUIRE(refs.read("head").error().code == ErrorCode::corrupt);
}

TEST_CASE("ref store: an empty repository has no head") {
  StoreBox box;
  auto store = box.open();
  RefStore refs = box.refs();
  REQUIRE(test::must(refs.reconcile(*store, {})) == std::nullopt);
  REQUIRE(test::must(refs.names()).empty());
}

TEST_CASE("ref store: the head moves forward to what the log holds beyond it") {
  StoreBox box;
  std::optional<History> history;
  {
    auto store = box.open();
    history.emplace(*store);
  }
  auto store = box.open();
  for (const ObjectId& head : {history->one, history->two, history->three}) {
    RefStore refs = box.refs();
    REQUIRE(refs.write(kHead, head));
    REQUIRE(test::must(refs.reconcile(*store, {})) == history->three);
    REQUIRE(test::must(refs.read(kHead)) == history->three);
  }
}

TEST_CASE("ref store: a head that the log does not continue stays") {
  StoreBox box;
  ObjectId elsewhere;
  {
    auto store = box.open();
    const History history(*store);
    // A fetched history: its objects are durable, but its commit is not a commit point.
    const std::string tree = tree_text({{"g", "fetched"}});
    const std::string commit = commit_text(tree, 2, id_of("far away"));
    REQUIRE(store->append(frame_of({"fetched"})));
    REQUIRE(store->append(frame_of({tree}, object::ObjectKind::tree_node)));
    REQUIRE(store->append(frame_of({commit}, object::ObjectKind::commit)));
    REQUIRE(store->sync());
    elsewhere = id_of(commit);
  }
  auto store = box.open();
  RefStore refs = box.refs();
  REQUIRE(refs.write(kHead, elsewhere));
  REQUIRE(test::must(refs.reconcile(*store, {})) == elsewhere);
}

TEST_CASE("ref store: a lost, damaged or dangling head is rebuilt from the log") {
  StoreBox box;
  std::optional<History> history;
  {
    auto store = box.open();
    history.emplace(*store);
  }
  auto store = box.open();
  RefStore refs = box.refs();
  REQUIRE(test::must(refs.reconcile(*store, {})) == history->three);
  test::write_file(box.ref(kHead), "damaged");
  REQUIRE(test::must(refs.reconcile(*store, {})) == history->three);
  REQUIRE(refs.write(kHead, id_of("no such commit")));
  REQUIRE(test::must(refs.reconcile(*store, {})) == history->three);
  REQUIRE(refs.write(kHead, id_of("three")));  // a blob
  REQUIRE(test::must(refs.reconcile(*store, {})) == history->three);
  REQUIRE(test::must(refs.read(kHead)) == history->three);
}

TEST_CASE("ref store: without commit points the newest complete commit is the head") {
  StoreBox box;
  ObjectId second;
  {
    auto store = box.open();
    std::string parent;
    for (std::uint64_t n = 1; n <= 3; ++n) {
      const std::string tree = tree_text({{"f", "version " + std::to_string(n)}});
      const std::string commit =
          commit_text(tree, n, parent.empty() ? std::nullopt : std::optional(id_of(parent)));
      // The third commit lacks its file.
      if (n < 3) REQUIRE(store->append(frame_of({"version " + std::to_string(n)})));
      REQUIRE(store->append(frame_of({tree}, object::ObjectKind::tree_node)));
      REQUIRE(store->append(frame_of({commit}, object::ObjectKind::commit)));
      if (n == 2) second = id_of(commit);
      parent = commit;
    }
    REQUIRE(store->sync());
  }
  auto store = box.open();
  RefStore refs = box.refs();
  REQUIRE(test::must(refs.reconcile(*store, {})) == second);
}

TEST_CASE("ref store: after damage a head that nobody vouches for is one whose tree is complete") {
  StoreBox box;
  std::optional<History> history;
  std::size_t before_three = 0;
  {
    auto store = box.open();
    history.emplace(*store);
    before_three = store->find(id_of("three"))->frame_offset;
  }
  std::string bytes = test::read_file(box.pack(1));
  bytes[before_three + 40] ^= 1;
  test::write_file(box.pack(1), bytes);
  auto store = box.open();
  RefStore refs = box.refs();
  REQUIRE(refs.write(kHead, history->two));
  REQUIRE(test::must(refs.reconcile(*store, {})) == history->two);
  REQUIRE(test::must(refs.read(kHead)) == history->two);
  // The ref was written when the third was durable, so its damage came later.
  REQUIRE(refs.write(kHead, history->three));
  REQUIRE(test::must(refs.reconcile(*store, {})) == history->three);
  REQUIRE(test::must(refs.read(kHead)) == history->three);
}

TEST_CASE("ref store: without its file a head behind damage is remembered, or is the head") {
  StoreBox box;
  std::optional<History> history;
  ObjectId four;
  {
    auto store = box.open();
    history.emplace(*store);
    four = snapshot(*store, {{"f", "four"}}, 4, history->three);
  }
  const std::string whole = test::read_file(box.pack(1));
  const auto damage_content = [&](const std::vector<std::string>& contents) {
    fs::remove(box.index(1));
    test::write_file(box.pack(1), whole);
    std::vector<std::size_t> places;
    {
      auto store = box.open();
      for (const std::string& content : contents)
        places.push_back(store->find(id_of(content))->frame_offset + 40);
    }
    std::string bytes = whole;
    for (const std::size_t at : places) bytes[at] ^= 1;
    test::write_file(box.pack(1), bytes);
    fs::remove(box.ref(kHead));
    fs::remove(box.ref(kLostHead));
  };
  damage_content({"three"});
  {
    auto store = box.open();
    RefStore refs = box.refs();
    REQUIRE(test::must(refs.reconcile(*store, {})) == history->two);
    REQUIRE(test::must(refs.read(kLostHead)) == four);
  }
  damage_content({"one", "two", "three"});
  {
    auto store = box.open();
    RefStore refs = box.refs();
    REQUIRE(test::must(refs.reconcile(*store, {})) == four);
    REQUIRE(test::must(refs.read(kLostHead)) == std::nullopt);
  }
  damage_content({"one", "two", "three", "four"});
  {
    auto store = box.open();
    RefStore refs = box.refs();
    REQUIRE(test::must(refs.reconcile(*store, {})) == four);
  }
}

TEST_CASE("ref store: a head that is lost is remembered") {
  StoreBox box;
  auto store = box.open();
  const History history(*store);
  RefStore refs = box.refs();
  REQUIRE(refs.write(kHead, id_of("lost")));
  REQUIRE(test::must(refs.reconcile(*store, {})));
  REQUIRE(test::must(refs.read(kLostHead)) == id_of("lost"));
  REQUIRE(refs.remove(kLostHead));
  REQUIRE(refs.remove(kLostHead));
  REQUIRE(test::must(refs.read(kLostHead)) == std::nullopt);
}

TEST_CASE("ref store: a long log is reconciled in few steps") {
  StoreBox box;
  OptionalId head, middle;
  {
    auto store = box.open();
    for (std::uint64_t n = 1; n <= 3000; ++n) {
      const std::string commit = commit_text("", n, head);
      REQUIRE(store->append(frame_of({commit}, object::ObjectKind::commit, true)));
      head = id_of(commit);
      if (n == 1500) middle = head;
    }
    REQUIRE(store->sync());
  }
  auto store = box.open();
  RefStore refs = box.refs();
  REQUIRE(refs.write(kHead, *middle));
  REQUIRE(test::must(refs.reconcile(*store, {})) == head);
}

}  // namespace
}  // namespace vcs::history
