// SPDX-License-Identifier: Apache-2.0
// Disks that are mounted below the root, are unmounted, and come back.
#include "core/index/mounts.hpp"

#include <sys/mount.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "core/history/repository.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/must.hpp"
#include "tests/support/own_mounts.hpp"
#include "tests/support/workshop.hpp"

namespace {

using namespace vcs;
using index::Mount;
using index::Mounts;
using test::must;
using test::TemporaryFolder;
using test::Workshop;
namespace fs = std::filesystem;

using Paths = std::vector<std::string>;

// A worktree with a mounted disk, all of it saved. The disk also stays mounted elsewhere.
struct Place {
  Place() {
    shop.save("own", "1");
    shop.make_folder("disk");
    mount();
    shop.save("disk/a", "a");
    shop.save("disk/sub/b", "b");
    CHECK(shop.snap().unmounted.empty());
    full = shop.tree();
    REQUIRE(full.contains("disk/sub/b"));
  }
  void mount() { bound.emplace(disk.path(), shop.at("disk"), nullptr, MS_BIND); }
  void unmount() {
    REQUIRE(bound->unmount());
    bound.reset();
  }

  TemporaryFolder disk;
  test::Mount tmpfs{"none", disk.path(), "tmpfs", 0};
  Workshop shop;
  std::optional<test::Mount> bound;
  std::map<std::string, std::string> full;
};

// A folder with files of its own, all of them saved.
struct Covered {
  Covered() {
    for (const char* name : {"vault/a", "vault/b", "vault/sub/c", "own"}) shop.save(name, name);
    shop.snap();
    before = shop.tree();
  }
  // Requires that the head has all earlier files, and `more`.
  void check(std::map<std::string, std::string> more = {}) {
    more.insert(before.begin(), before.end());
    CHECK(shop.tree() == more);
  }
  // Scans in several ways, also after a restart, and requires that nothing counts as deleted.
  void look_around() {
    for (int life = 0; life < 2; ++life) {
      for (const Paths& paths : {Paths{"vault/a"}, Paths{"vault/sub/c"}, Paths{"vault/sub"},
                                 Paths{"vault"}, Paths{}, Paths{"own", "vault/b"}}) {
        const auto outcome = shop.snap(paths);
        CHECK(outcome.unmounted.empty());
        if (outcome.created) CHECK(outcome.commit.changed.deleted == 0);
      }
      must(shop.reopen());
    }
  }

  Workshop shop;
  std::map<std::string, std::string> before;
};

Mounts some_mounts() {
  return {{"disk", {{45, 2}, {}}}, {"media/stick", {{46, 256}, {41, 1'234'567}}}};
}

}  // namespace

TEST_CASE("mounts: an unmounted disk deletes nothing, however one looks, and is caught up") {
  if (!test::has_own_mounts()) return;
  Place place;
  Workshop& shop = place.shop;
  place.unmount();
  for (int life = 0; life < 2; ++life) {
    for (const Paths& paths : {Paths{}, Paths{"disk"}, Paths{"disk/a"}, Paths{"disk/sub/b"},
                               Paths{"disk/sub"}, Paths{"disk/a", "own"}}) {
      const auto outcome = shop.snap(paths);
      CHECK_FALSE(outcome.created);
      CHECK(outcome.unmounted == Paths{"disk"});
      CHECK(shop.tree() == place.full);
    }
    // An agent that starts without the disk knows that it is missing, too.
    must(shop.reopen());
  }
  // Saves meanwhile are kept, in the empty mount point and elsewhere.
  shop.save("disk/new/file", "saved below");
  shop.save("disk/a", "saved over it");
  shop.remove("own");
  auto outcome = shop.snap();
  CHECK(outcome.commit.changed == object::ChangeCounts{2, 1, 1});
  CHECK(shop.tree().at("disk/new/file") == "saved below");
  CHECK(shop.tree().at("disk/a") == "saved over it");
  CHECK(shop.tree().at("disk/sub/b") == "b");

  test::write_file(place.disk / "later", "written elsewhere");
  fs::remove_all(place.disk / "sub");
  place.mount();
  outcome = shop.snap({"disk"});
  CHECK(outcome.unmounted.empty());
  CHECK(shop.tree() == shop.disk());
  CHECK(shop.tree().at("disk/a") == "a");
  CHECK_FALSE(shop.tree().contains("disk/sub/b"));
}

TEST_CASE("mounts: a disk that was emptied where it is mounted was emptied") {
  if (!test::has_own_mounts()) return;
  Place place;
  fs::remove(place.disk / "a");
  fs::remove_all(place.disk / "sub");
  const auto outcome = place.shop.snap();
  CHECK(outcome.unmounted.empty());
  CHECK(outcome.commit.changed.deleted == 3);
  CHECK(place.shop.tree() == place.shop.disk());
}

TEST_CASE("mounts: whoever removes the folder of an unmounted disk has removed what was there") {
  if (!test::has_own_mounts()) return;
  Place place;
  Workshop& shop = place.shop;
  place.unmount();
  CHECK(shop.snap().unmounted == Paths{"disk"});
  shop.remove("disk");
  auto outcome = shop.snap({"disk"});
  CHECK(outcome.unmounted.empty());
  CHECK(shop.tree() == shop.disk());
  // A folder that is made there later is an ordinary one.
  shop.save("disk/plain", "1");
  shop.snap();
  shop.remove("disk/plain");
  CHECK(shop.snap().unmounted.empty());
  CHECK(shop.tree() == shop.disk());
}

TEST_CASE("mounts: another disk in the place of the one that was there deletes nothing") {
  if (!test::has_own_mounts()) return;
  Place place;
  Workshop& shop = place.shop;
  place.unmount();
  shop.snap();
  {
    test::Mount foreign("none", shop.at("disk"), "tmpfs", 0);
    CHECK(shop.snap().unmounted == Paths{"disk"});
    shop.save("disk/foreign", "1");
    // The files of the other disk are kept, but it does not count as the missing disk.
    for (int look = 0; look < 3; ++look) CHECK(shop.snap().unmounted == Paths{"disk"});
    CHECK(shop.tree().at("disk/foreign") == "1");
    CHECK(shop.tree().at("disk/sub/b") == "b");
  }
  place.mount();
  CHECK(shop.snap().unmounted.empty());
  CHECK(shop.tree() == place.full);
}

TEST_CASE("mounts: a disk that comes back under another number is the same disk") {
  if (!test::has_own_mounts()) return;
  Place place;
  Workshop& shop = place.shop;
  place.unmount();
  shop.snap();
  test::Mount other("none", shop.at("disk"), "tmpfs", 0);
  shop.save("disk/sub/b", "b");
  CHECK(shop.snap().unmounted.empty());
  CHECK(shop.tree() == shop.disk());
  CHECK_FALSE(shop.tree().contains("disk/a"));
}

TEST_CASE("mounts: what is mounted over files hides them and deletes nothing, and ends by itself") {
  if (!test::has_own_mounts()) return;
  Covered place;
  Workshop& shop = place.shop;
  const bool looks_meanwhile = GENERATE(true, false);
  {
    const test::Mount memory("none", shop.at("vault"), "tmpfs", 0);
    place.look_around();
    place.check();
    // Files saved on the mounted memory are committed like all others.
    shop.save("vault/new", "1");
    shop.save("vault/a", "above");
    shop.snap({"vault/new", "vault/a"});
    CHECK(shop.tree().at("vault/new") == "1");
    CHECK(shop.tree().at("vault/a") == "above");
    CHECK(shop.tree().at("vault/sub/c") == "vault/sub/c");
    if (looks_meanwhile) place.look_around();
  }
  // After the unmount those files are gone.
  CHECK(shop.snap({looks_meanwhile ? "vault" : ""}).unmounted.empty());
  place.check();
  CHECK(shop.tree() == shop.disk());
  // The folder behaves as before the mount.
  shop.remove("vault/a");
  CHECK(shop.snap({"vault/a"}).commit.changed.deleted == 1);
  shop.remove("vault/sub");
  shop.save("vault/b", "changed");
  CHECK(shop.snap().commit.changed.deleted == 2);
  CHECK(shop.tree() == shop.disk());
  CHECK(shop.repository().mounts().empty());
}

TEST_CASE("mounts: a folder of the same filesystem, bound over files, hides them, too") {
  if (!test::has_own_mounts()) return;
  Covered place;
  Workshop& shop = place.shop;
  shop.save("other/above", "1");
  shop.save("other/a", "of the other");
  shop.snap();
  place.before = shop.tree();
  {
    const test::Mount bound(shop.at("other"), shop.at("vault"), nullptr, MS_BIND);
    if (must(must(base::make_posix_filesystem()->open_directory(shop.at("vault")))->stat_self())
            .mount == 0) {
      WARN("skipped: this system does not tell which mount a folder is reached by");
      return;
    }
    place.look_around();
    CHECK(shop.tree().at("vault/above") == "1");
    CHECK(shop.tree().at("vault/b") == "vault/b");
    CHECK(shop.tree().at("vault/sub/c") == "vault/sub/c");
  }
  CHECK(shop.snap().unmounted.empty());
  CHECK(shop.tree() == shop.disk());
  CHECK(shop.tree() == place.before);
  CHECK(shop.repository().mounts().empty());
}

TEST_CASE("mounts: a folder of the same filesystem, bound over an empty one, is awaited") {
  if (!test::has_own_mounts()) return;
  Workshop shop;
  TemporaryFolder elsewhere;  // on the same filesystem
  test::write_file(elsewhere / "a", "work");
  test::write_file(elsewhere / "b", "more");
  shop.save("own", "1");
  shop.make_folder("disk");
  {
    const test::Mount bound(elsewhere.path(), shop.at("disk"), nullptr, MS_BIND);
    shop.snap();
    CHECK(shop.tree().at("disk/a") == "work");
    CHECK(shop.tree() == shop.disk());
    if (shop.repository().mounts().empty()) {
      WARN("skipped: this system does not tell which mount a folder is reached by");
      return;
    }
  }
  const auto outcome = shop.snap();
  CHECK(outcome.unmounted == Paths{"disk"});
  CHECK(shop.tree().at("disk/a") == "work");
  const test::Mount bound(elsewhere.path(), shop.at("disk"), nullptr, MS_BIND);
  fs::remove(elsewhere / "a");
  CHECK(shop.snap().commit.changed.deleted == 1);
  CHECK(shop.tree() == shop.disk());
}

TEST_CASE("mounts: one over the other, and the next, over a folder with files") {
  if (!test::has_own_mounts()) return;
  Covered place;
  Workshop& shop = place.shop;
  for (int round = 0; round < 3; ++round) {
    const test::Mount memory("none", shop.at("vault"), "tmpfs", 0);
    shop.save("vault/b", "above");
    shop.snap({"vault"});
    const test::Mount upper("none", shop.at("vault"), "tmpfs", 0);
    place.look_around();
    CHECK(shop.tree().at("vault/b") == "above");
  }
  place.look_around();
  place.check();
}

TEST_CASE("mounts: an overlay over its own folder ends without a word") {
  if (!test::has_own_mounts()) return;
  Covered place;
  Workshop& shop = place.shop;
  TemporaryFolder upper;
  const test::Mount memory("none", upper.path(), "tmpfs", 0);
  fs::create_directories(upper / "upper");
  fs::create_directories(upper / "work");
  const std::string options = "lowerdir=" + shop.at("vault") + ",upperdir=" + (upper / "upper") +
                              ",workdir=" + (upper / "work");
  std::optional<test::Mount> overlay;
  try {
    overlay.emplace("overlay", shop.at("vault"), "overlay", 0, options.c_str());
  } catch (const std::exception& no) {
    WARN("skipped: " << no.what());
    return;
  }
  place.look_around();
  place.check();
  shop.save("vault/above", "1");
  shop.snap();
  CHECK(shop.tree().contains("vault/above"));
  overlay.reset();
  CHECK(shop.snap().unmounted.empty());
  place.check();
}

TEST_CASE("mounts: a disk that is awaited can be dismissed, also with another in its place") {
  if (!test::has_own_mounts()) return;
  Place place;
  Workshop& shop = place.shop;
  place.unmount();
  CHECK(shop.snap().unmounted == Paths{"disk"});
  {
    const test::Mount foreign("none", shop.at("disk"), "tmpfs", 0);
    shop.repository().remember_mounts({{"disk", std::nullopt}});
    CHECK(shop.snap({"disk"}).unmounted.empty());
    CHECK(shop.tree() == place.full);
  }
  CHECK(shop.snap({"disk"}).unmounted.empty());
  CHECK(shop.tree() == shop.disk());
  CHECK(shop.repository().mounts().empty());

  place.mount();
  CHECK(shop.snap({"disk"}).created);
  place.unmount();
  CHECK(shop.snap().unmounted == Paths{"disk"});
  shop.repository().remember_mounts({{"disk", std::nullopt}});
  CHECK(shop.snap({"disk"}).unmounted.empty());
  CHECK(shop.tree() == shop.disk());
}

TEST_CASE("mounts: the list is what it always was, and damage of any byte is seen") {
  const base::Bytes bytes = index::encode_mounts(some_mounts());
  test::require_golden("snapshot/mounts.v1.bin", bytes);
  CHECK(must(index::decode_mounts(bytes)) == some_mounts());
  CHECK(must(index::decode_mounts(index::encode_mounts({}))).empty());
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    base::Bytes damaged = bytes;
    damaged[at] ^= 0x40;
    CHECK_FALSE(index::decode_mounts(damaged));
    CHECK_FALSE(index::decode_mounts(base::ByteView(bytes).first(at)));
  }
}

TEST_CASE("mounts: a damaged list is made anew from what is mounted") {
  if (!test::has_own_mounts()) return;
  Place place;
  Workshop& shop = place.shop;
  shop.close();
  test::write_file(shop.data() + "/" + index::kMountsName, "damaged");
  must(shop.reopen());
  shop.snap();
  must(shop.reopen());
  place.unmount();
  CHECK(shop.snap().unmounted == Paths{"disk"});
  CHECK(shop.tree() == place.full);
}
