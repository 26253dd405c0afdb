// SPDX-License-Identifier: Apache-2.0
// A file that was never written into the folder does not count as deleted.
#include "core/history/owed.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "core/history/repository.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/must.hpp"
#include "tests/support/workshop.hpp"

namespace {

using namespace vcs;
using history::Owed;
using test::must;
using test::TemporaryFolder;
using test::Workshop;
using test::WorkshopOptions;
namespace fs = std::filesystem;

using Tree = std::map<std::string, std::string>;

// A history that owes all files of its head to an empty folder: a clone that was cut off before its
// first file.
struct Clone {
  TemporaryFolder data, folder;
  Tree full;
  std::optional<Workshop> shop;

  Clone() {
    TemporaryFolder original;
    WorkshopOptions first;
    first.data = data.path();
    first.worktree = original.path();
    {
      Workshop origin(first);
      origin.save("a", "1");
      origin.save("deep/b", "2");
      origin.save("deep/er/c", "3");
      origin.save("z", "4");
      origin.snap();
      full = origin.tree();
      must(origin.repository().set_owed(Owed{*origin.repository().head(), base::unix_nanos(1)}));
    }
    fs::remove_all(data / "index");
    WorkshopOptions second;
    second.data = data.path();
    second.worktree = folder.path();
    shop.emplace(second);
  }
  bool owes() { return shop->repository().owed().has_value(); }
  void write_all() {
    shop->save("a", "1");
    shop->save("deep/b", "2");
    shop->save("deep/er/c", "3");
    shop->save("z", "4");
  }
};

Owed example() {
  Owed owed;
  owed.commit.bytes.fill(0xab);
  owed.since = base::unix_nanos(1'710'000'000'000'000'000);
  return owed;
}

}  // namespace

TEST_CASE("owed: what was never written stays in every commit, however one looks") {
  Clone clone;
  Workshop& shop = *clone.shop;
  for (int life = 0; life < 2; ++life) {
    shop.save("new" + std::to_string(life), "x");
    Tree expected = clone.full;
    for (int n = 0; n <= life; ++n) expected["new" + std::to_string(n)] = "x";
    const auto everything = shop.snap();
    CHECK(everything.owed.count == 6);
    CHECK(everything.owed.first.front() == "a");
    CHECK(shop.tree() == expected);
    shop.snap({"deep", "z", "a", "deep/er/c"});
    shop.snap_manually();
    CHECK(shop.tree() == expected);
    shop.read_everything();
    shop.snap();
    CHECK(shop.tree() == expected);
    CHECK(clone.owes());
    must(shop.reopen());
    fs::remove_all(clone.data / "index");
    must(shop.reopen());
  }
}

TEST_CASE("owed: a path that appears is owed no longer, and its deletion is one") {
  Clone clone;
  Workshop& shop = *clone.shop;
  shop.save("a", "1");
  shop.save("deep/b", "changed");
  CHECK(shop.snap().owed.count == 3);
  Tree expected = clone.full;
  expected["deep/b"] = "changed";
  CHECK(shop.tree() == expected);
  shop.remove("a");
  CHECK(shop.snap({"a"}).created);
  expected.erase("a");
  CHECK(shop.tree() == expected);
  must(shop.reopen());
  shop.snap();
  CHECK(shop.tree() == expected);
}

TEST_CASE("owed: the mark goes by itself when a look at everything finds nothing owed") {
  Clone clone;
  Workshop& shop = *clone.shop;
  clone.write_all();
  shop.snap({"a", "deep", "z"});
  CHECK(clone.owes());
  shop.snap();
  CHECK_FALSE(clone.owes());
  CHECK_FALSE(fs::exists(clone.data / "owed"));
  shop.remove("deep");
  shop.snap();
  CHECK(shop.tree().size() == 2);
}

TEST_CASE("owed: what is given up is recorded as deleted") {
  Clone clone;
  Workshop& shop = *clone.shop;
  shop.save("a", "1");
  shop.snap();
  must(shop.repository().set_owed(std::nullopt));
  CHECK(shop.snap().owed.count == 0);
  CHECK(shop.tree() == Tree{{"a", "1"}});
}

TEST_CASE("owed: what takes the place of a folder takes all that was owed below it") {
  Clone clone;
  Workshop& shop = *clone.shop;
  shop.save("deep", "a file");
  CHECK(shop.snap().owed.count == 2);
  CHECK(shop.tree() == Tree{{"a", "1"}, {"deep", "a file"}, {"z", "4"}});
  must(shop.reopen());
  shop.snap();
  CHECK(shop.tree() == Tree{{"a", "1"}, {"deep", "a file"}, {"z", "4"}});
}

TEST_CASE("owed: a damaged mark counts") {
  Clone clone;
  clone.shop->close();
  std::string bytes = test::read_file(clone.data / "owed");
  SECTION("a flipped byte") {
    bytes[20] ^= 1;
  }
  SECTION("cut off") {
    bytes.resize(11);
  }
  SECTION("empty") {
    bytes.clear();
  }
  SECTION("too long") {
    bytes.resize(100'000);
  }
  test::write_file(clone.data / "owed", bytes);
  must(clone.shop->reopen());
  clone.shop->save("new", "x");
  clone.shop->snap();
  CHECK(clone.shop->tree().size() == clone.full.size() + 1);
  CHECK(clone.owes());
}

TEST_CASE("owed: the file is as its page says, and every flipped bit is noticed") {
  const base::Bytes bytes = history::encode_owed(example());
  test::require_golden("snapshot/owed.v1.bin", bytes);
  CHECK(history::decode_owed(bytes).value() == example());
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    base::Bytes spoilt = bytes;
    spoilt[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    CHECK_FALSE(history::decode_owed(spoilt).has_value());
  }
  for (std::size_t length = 0; length < bytes.size(); ++length)
    CHECK_FALSE(history::decode_owed(base::ByteView(bytes).first(length)).has_value());
}
