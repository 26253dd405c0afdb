// SPDX-License-Identifier: Apache-2.0
// The agent never watches a folder that it writes to, on a real disk; and the mount table.
#include "agent/places.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "agent/watch/echoes.hpp"
#include "tests/support/temporary_folder.hpp"

namespace vcs::agent {
namespace {

namespace fs = std::filesystem;

struct Ground {
  Ground() {
    for (const char* name : {"work", "work/sub", "data", "remote"})
      fs::create_directories(top / name);
  }
  Places places() const {
    Places all;
    all.own = {{top / "data", "the agent's own data"}};
    all.remotes = {{top / "remote", "remote disk of work"}};
    all.watched = {{top / "work", "work"}};
    return all;
  }
  bool may_watch(const std::string& folder) {
    return places().check_watched(*filesystem, folder).has_value();
  }
  bool may_copy_to(const std::string& folder) {
    return places().check_remote(*filesystem, {folder, "remote new"}).has_value();
  }
  test::TemporaryFolder top;
  std::unique_ptr<base::FileSystem> filesystem = base::make_posix_filesystem();
};

}  // namespace

TEST_CASE("places: what is watched and what is written lie beside each other") {
  Ground ground;
  CHECK(ground.may_watch(ground.top / "work"));
  CHECK(ground.may_watch(ground.top / "data2"));
  CHECK_FALSE(ground.may_watch(ground.top.path()));
  CHECK_FALSE(ground.may_watch(ground.top / "data"));
  CHECK_FALSE(ground.may_watch(ground.top / "data/repositories"));
  CHECK_FALSE(ground.may_watch(ground.top / "remote"));
  CHECK_FALSE(ground.may_watch(ground.top / "remote/packs"));
  CHECK_FALSE(ground.may_watch("/"));

  CHECK(ground.may_copy_to(ground.top / "elsewhere"));
  CHECK(ground.may_copy_to(ground.top / "work-copy"));
  CHECK_FALSE(ground.may_copy_to(ground.top / "work"));
  CHECK_FALSE(ground.may_copy_to(ground.top / "work/sub/new/er"));
  CHECK_FALSE(ground.may_copy_to(ground.top.path()));
  CHECK_FALSE(ground.may_copy_to(ground.top / "data/x"));
  CHECK_FALSE(ground.may_copy_to("/"));

  const Places places = ground.places();
  CHECK(places.check_target(*ground.filesystem, ground.top / "work/old"));
  CHECK(places.check_target(*ground.filesystem, ground.top.path()));
  CHECK_FALSE(places.check_target(*ground.filesystem, ground.top / "data/x"));
  CHECK_FALSE(places.check_target(*ground.filesystem, ground.top / "remote"));
}

TEST_CASE("places: a link leads where it leads") {
  Ground ground;
  fs::create_directory_symlink(ground.top / "work/sub", ground.top / "link");
  CHECK_FALSE(ground.may_copy_to(ground.top / "link"));
  CHECK_FALSE(ground.may_copy_to(ground.top / "link/not/there/yet"));
  fs::create_directory_symlink(ground.top / "data", ground.top / "work/sub/store");
  CHECK(ground.may_watch(ground.top / "work"));  // links inside are not followed
  fs::create_directories(ground.top / "work/home");
  fs::remove(ground.top / "data");
  fs::create_directory_symlink(ground.top / "work/home", ground.top / "data");
  CHECK_FALSE(ground.may_watch(ground.top / "work"));
  CHECK_FALSE(ground.may_watch(ground.top / "data"));
}

TEST_CASE("places: a new remote is not made where a disk or a parent is missing") {
  Ground ground;
  CHECK(check_new_folder(*ground.filesystem, ground.top / "new"));
  CHECK(check_new_folder(*ground.filesystem, ground.top / "remote"));
  CHECK_FALSE(check_new_folder(*ground.filesystem, ground.top / "new/er"));
  const auto on_system_disk = ground.filesystem->stat("/mnt");
  if (on_system_disk && on_system_disk->device == ground.filesystem->stat("/")->device)
    CHECK_FALSE(check_new_folder(*ground.filesystem, "/mnt/a-disk-that-is-not-there"));
}

#ifdef __linux__
TEST_CASE("places: the table of mounts is read as it is written") {
  const auto mounts = parse_mount_points(
      "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
      "35 21 8:1 /home/me/work/sub /srv/a\\040b rw shared:1 - ext4 /dev/sda1 rw\n"
      "36 21 0:4 net:[4026531840] /run/netns/x rw - nsfs nsfs rw\n"
      "\nx\n1 2 3\n");
  const std::vector<MountPoint> wanted{{"/", "8:1", "/"}, {"/srv/a b", "8:1", "/home/me/work/sub"}};
  CHECK(mounts == wanted);
}
#endif

TEST_CASE("places: a head that is written in a watched folder is heard") {
  agent::watch::Echoes echoes;
  const auto at = [](int nanos) { return base::SteadyNanos(base::Nanos(nanos)); };
  echoes.hear("/w", "copy/refs/0123456789abcdef/head", at(5));
  echoes.hear("/w", "refs/0123456789abcdef/head", at(6));
  for (const char* other : {"head", "refs/head", "refs/0123456789abcdeg/head", "a/b",
                            "refs/0123456789abcdef/heads", ""})
    echoes.hear("/w", other, at(7));
  CHECK(echoes.since(at(0)).size() == 2);
  REQUIRE(echoes.since(at(6)).size() == 1);
  CHECK(echoes.since(at(6))[0].path == "refs/0123456789abcdef/head");
  for (int i = 0; i < 1000; ++i) echoes.hear("/w", "refs/0123456789abcdef/head", at(8));
  CHECK(echoes.since(at(0)).size() == 256);
}

}  // namespace vcs::agent
