// SPDX-License-Identifier: Apache-2.0
// Tests of agent/watch/inotify_watcher.
#ifdef __linux__
#include "agent/watch/inotify_watcher.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <thread>

#include "tests/support/seeded_random.hpp"
#include "tests/support/watch_stage.hpp"

using namespace vcs;
using agent::watch::Change;
using agent::watch::InotifyOptions;
using agent::watch::RootEvent;
using test::all_below;
using test::check_every_folder_is_watched;
using test::covers;
using test::find;
using test::make_instance;
using test::only;
using test::WatchStage;
using test::write_file;
namespace fs = std::filesystem;

TEST_CASE("inotify watcher: what happens to a file is told") {
  WatchStage stage;
  fs::create_directories(stage.in("a/b"));
  write_file(stage.in("a/b/old"), "1");
  stage.start();

  write_file(stage.in("a/b/new"), "1");
  auto told = stage.settled();
  REQUIRE(find(told, "a/b/new"));
  CHECK(find(told, "a/b/new")->closed);
  CHECK_FALSE(find(told, "a/b/new")->deleted);
  CHECK(only(told, "a/b/new"));

  const int open_file = open(stage.in("a/b/old").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  REQUIRE(write(open_file, "2", 1) == 1);
  told = stage.settled();
  REQUIRE(find(told, "a/b/old"));
  CHECK_FALSE(find(told, "a/b/old")->closed);
  close(open_file);
  CHECK(find(stage.settled(), "a/b/old")->closed);

  fs::permissions(stage.in("a/b/old"), fs::perms::owner_read);
  CHECK(find(stage.settled(), "a/b/old"));

  fs::rename(stage.in("a/b/old"), stage.in("a/moved"));
  told = stage.settled();
  CHECK(find(told, "a/b/old")->deleted);
  CHECK_FALSE(find(told, "a/moved")->deleted);

  fs::remove(stage.in("a/moved"));
  CHECK(find(stage.settled(), "a/moved")->deleted);
  CHECK(stage.settled().empty());
}

TEST_CASE("inotify watcher: new folders are watched before they are told") {
  WatchStage stage;
  stage.start();
  fs::create_directories(stage.in("x/y/z"));
  const auto told = stage.settled();
  REQUIRE(find(told, "x"));
  CHECK(find(told, "x")->recursive);
  check_every_folder_is_watched(stage);
}

TEST_CASE("inotify watcher: a renamed folder is told under its new path") {
  WatchStage stage;
  fs::create_directories(stage.in("a/sub/deep"));
  fs::create_directories(stage.in("other"));
  stage.start();
  fs::rename(stage.in("a"), stage.in("other/b"));
  auto told = stage.settled();
  REQUIRE(find(told, "a"));
  CHECK(find(told, "a")->deleted);
  CHECK(find(told, "a")->recursive);
  REQUIRE(find(told, "other/b"));
  CHECK(find(told, "other/b")->recursive);
  CHECK_FALSE(find(told, "other/b")->deleted);

  write_file(stage.in("other/b/sub/deep/file"), "x");
  told = stage.settled();
  CHECK(only(told, "other/b/sub/deep/file"));
  const std::uint64_t used = stage.watcher->usage().used;
  fs::rename(stage.in("other/b"), stage.in("a"));
  check_every_folder_is_watched(stage);
  CHECK(stage.watcher->usage().used == used);
}

TEST_CASE("inotify watcher: a folder that left the tree is told of no more, and may come back") {
  WatchStage stage;
  fs::create_directories(stage.in("a/sub"));
  stage.start();
  const std::uint64_t used = stage.watcher->usage().used;
  fs::rename(stage.in("a"), stage.outside + "/a");
  CHECK(find(stage.settled(), "a")->deleted);
  // The watcher stops waiting for the second event of the move in a moment, or with the next read.
  (void)stage.settled();
  (void)stage.settled();
  write_file(stage.outside + "/a/sub/file", "x");
  CHECK(stage.settled().empty());
  CHECK(stage.watcher->usage().used == used - 2);

  fs::rename(stage.outside + "/a", stage.in("back"));
  CHECK(covers(stage.settled(), "back/sub/file"));
  check_every_folder_is_watched(stage);
  CHECK(stage.watcher->usage().used == used);
}

TEST_CASE("inotify watcher: a burst of new folders and files loses nothing") {
  WatchStage stage;
  stage.start();
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 4; ++writer)
    writers.emplace_back([&, writer] {
      for (int file = 0; file < 119; ++file) {
        const std::string path =
            stage.in("w" + std::to_string(writer) + "/" + std::to_string(file % 7) + "/" +
                     std::to_string(file % 31));
        fs::create_directories(path);
        std::ofstream(path + "/" + std::to_string(file)) << file;
      }
    });
  for (std::thread& writer : writers) writer.join();
  const auto told = stage.settled();
  for (const std::string& path : all_below(stage.root)) {
    INFO(path);
    REQUIRE(covers(told, path));
  }
  check_every_folder_is_watched(stage);
}

TEST_CASE("inotify watcher: folders that are made, moved and removed in a storm stay watched") {
  const std::uint64_t seed = test::test_seed();
  CAPTURE(seed);
  WatchStage stage;
  stage.start();
  std::vector<std::thread> storms;
  for (int storm = 0; storm < 3; ++storm)
    storms.emplace_back([&, storm] {
      test::SeededRandom random(seed + static_cast<std::uint64_t>(storm));
      const auto any = [&] {
        std::string path = stage.root;
        for (std::uint64_t depth = 1 + random.below(3); depth > 0; --depth)
          path += "/" + std::to_string(random.below(4));
        return path;
      };
      std::error_code ignored;  // other threads make steps fail: that is the point
      for (int step = 0; step < 400; ++step) switch (random.below(6)) {
          case 0:
          case 1:
          case 2:
            fs::create_directories(any(), ignored);
            break;
          case 3:
            fs::rename(any(), any(), ignored);
            break;
          case 4:
            fs::rename(any(), stage.outside + "/" + random.hex(8), ignored);
            break;
          default:
            if (random.one_in(3))
              fs::remove_all(any(), ignored);
            else if (random.one_in(2)) {
              for (const auto& out : fs::directory_iterator(stage.outside, ignored)) {
                fs::rename(out.path(), any(), ignored);
                break;
              }
            }
        }
    });
  for (std::thread& storm : storms) storm.join();
  check_every_folder_is_watched(stage);
  // One for each folder and the root's own, none left over.
  std::uint64_t folders = 1;
  for (const std::string& path : all_below(stage.root)) folders += fs::is_directory(stage.in(path));
  CHECK(stage.watcher->usage().used == folders);
}

TEST_CASE("inotify watcher: a write through a hard link is told under the name that was used") {
  WatchStage stage;
  fs::create_directories(stage.in("a"));
  fs::create_directories(stage.in("b"));
  write_file(stage.in("a/one"), "1");
  fs::create_hard_link(stage.in("a/one"), stage.in("b/two"));
  stage.start();
  write_file(stage.in("b/two"), "22");
  const auto told = stage.settled();
  CHECK(find(told, "b/two")->closed);
}

TEST_CASE("inotify watcher: a symlink in place of a folder is not followed") {
  WatchStage stage;
  fs::create_directories(stage.outside + "/there");
  fs::create_directories(stage.in("a"));
  fs::create_symlink(stage.outside, stage.in("before"));
  stage.start();
  fs::remove(stage.in("a"));
  fs::create_symlink(stage.outside, stage.in("a"));
  const auto told = stage.settled();
  REQUIRE(find(told, "a"));
  CHECK_FALSE(find(told, "a")->deleted);
  write_file(stage.outside + "/file", "x");
  write_file(stage.outside + "/there/file", "x");
  CHECK(stage.settled().empty());
}

TEST_CASE("inotify watcher: folders that are left out get no watch, until they are moved") {
  WatchStage stage([](const std::string& path) { return path == "out" || path.ends_with("/out"); });
  fs::create_directories(stage.in("out/below"));
  fs::create_directories(stage.in("a/out"));
  stage.start();
  CHECK(stage.watcher->usage().used == 2);
  write_file(stage.in("out/below/file"), "x");
  write_file(stage.in("a/out/file"), "x");
  CHECK(stage.settled().empty());
  fs::create_directories(stage.in("b/out"));
  fs::rename(stage.in("a/out"), stage.in("a/wanted"));
  CHECK(covers(stage.settled(), "a/wanted/file"));
  write_file(stage.in("b/out/file"), "x");
  write_file(stage.in("a/wanted/file"), "y");
  const auto told = stage.settled();
  CHECK_FALSE(find(told, "b/out/file"));
  CHECK(find(told, "a/wanted/file"));
}

TEST_CASE("inotify watcher: refresh() watches what the filter no longer leaves out") {
  std::atomic<bool> leave_out{true};
  WatchStage stage([&](const std::string& path) { return leave_out && path == "out"; });
  fs::create_directories(stage.in("out/below"));
  stage.start();
  leave_out = false;
  stage.watcher->refresh("out");
  // A proof does not wait for the refresh: only its changes show that it is done.
  std::vector<Change> told;
  while (!covers(told, "out/below")) {
    const auto more = stage.settled();
    told.insert(told.end(), more.begin(), more.end());
  }
  check_every_folder_is_watched(stage);
}

TEST_CASE("inotify watcher: a tree deeper than PATH_MAX is watched to the ground") {
  WatchStage stage;
  const std::string name(100, 'd');
  int at = open(stage.root.c_str(), O_DIRECTORY | O_RDONLY | O_CLOEXEC);
  std::string deepest;
  for (int depth = 0; depth < 60; ++depth) {
    REQUIRE(mkdirat(at, name.c_str(), 0700) == 0);
    const int next = openat(at, name.c_str(), O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    close(at);
    at = next;
    deepest += (depth == 0 ? "" : "/") + name;
  }
  stage.start();
  CHECK(stage.watcher->usage().used == 61);
  close(openat(at, "file", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  CHECK(find(stage.settled(), deepest + "/file"));
  REQUIRE(mkdirat(at, "new", 0700) == 0);
  CHECK(find(stage.settled(), deepest + "/new"));
  CHECK(stage.watcher->usage().used == 62);
  close(at);
}

TEST_CASE("inotify watcher: the end of the root is told") {
  WatchStage stage;
  fs::create_directories(stage.in("a"));
  stage.start();
  SECTION("removed") {
    fs::remove_all(stage.root);
    CHECK(stage.root_event() == RootEvent::gone);
  }
  SECTION("removed while somebody uses it") {
    // The kernel reports the removal when the last user closes the folder.
    const int user = open(stage.root.c_str(), O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    fs::remove_all(stage.root);
    close(user);
    CHECK(stage.root_event() == RootEvent::gone);
  }
  SECTION("moved") {
    fs::rename(stage.root, stage.outside + "/root");
    CHECK(stage.root_event() == RootEvent::moved);
  }
  SECTION("renamed by way of a folder above it") {
    stage.watcher.reset();
    stage.root = stage.outside + "/x/y/root";
    fs::create_directories(stage.root);
    stage.watcher = make_inotify_watcher(stage.instance, {});
    stage.start();
    fs::rename(stage.outside + "/x", stage.outside + "/z");
    CHECK(stage.root_event() == RootEvent::gone);
  }
  SECTION("replaced") {
    fs::remove_all(stage.in("a"));
    fs::create_directories(stage.outside + "/new");
    fs::rename(stage.outside + "/new", stage.root);
    CHECK(stage.root_event() == RootEvent::gone);
  }
}

TEST_CASE("inotify watcher: out of watches, the rest is polled") {
  InotifyOptions options;
  options.limit_share = 0.5;
  options.system_limit = 2 * 4;
  WatchStage stage({}, make_instance(options));
  for (int each = 0; each < 5; ++each) fs::create_directories(stage.in(std::to_string(each)));
  stage.start();
  auto usage = stage.watcher->usage();
  CHECK(usage.limit == 4);
  CHECK(usage.used == 4);
  CHECK(usage.polled_folders == 2);  // of 5 and the root

  for (int each = 0; each < 5; ++each) fs::remove(stage.in(std::to_string(each)));
  (void)stage.settled();
  stage.watcher->refresh("");
  while (!covers(stage.settled(), "anything")) continue;
  usage = stage.watcher->usage();
  CHECK(usage.polled_folders == 0);
  CHECK(usage.used == 1);
}

TEST_CASE("inotify watcher: a folder that turns hot takes the watch of one that is quiet") {
  InotifyOptions options;
  options.limit_share = 1;
  options.system_limit = 4;  // the root, and three of ten
  WatchStage stage({}, make_instance(options));
  std::vector<std::string> names;
  for (int each = 0; each < 10; ++each) names.push_back("folder" + std::to_string(each));
  for (const std::string& name : names) fs::create_directories(stage.in(name));
  stage.start();
  const auto watched = [&] {
    std::set<std::string> found;
    for (const std::string& name : names) {
      write_file(stage.in(name + "/probe"), "x");
      if (find(stage.settled(), name + "/probe") != nullptr) found.insert(name);
    }
    return found;
  };
  REQUIRE(watched().size() == 3);
  for (int round = 0; round < 20; ++round) {
    const auto before = watched();
    const std::string hot = names[static_cast<std::size_t>(round * 7 % 10)];
    stage.watcher->prefer({hot, "gone", "folder0/probe"});
    if (!before.contains(hot))
      while (!covers(stage.settled(), hot + "/anything")) continue;
    const auto after = watched();
    REQUIRE(after.contains(hot));
    REQUIRE(after.size() == 3);
    CHECK(stage.watcher->usage().used == 4);
    CHECK(stage.watcher->usage().polled_folders == 7);
  }
  for (std::size_t each = 3; each < names.size(); ++each) fs::remove_all(stage.in(names[each]));
  names.resize(3);
  while (stage.watcher->usage().polled_folders > 0) {
    stage.watcher->regain();
    (void)stage.settled();
  }
  CHECK(watched().size() == 3);
}

TEST_CASE("inotify watcher: without a watch for the root it does not start") {
  InotifyOptions options;
  options.limit_share = 1;
  options.system_limit = 1;
  WatchStage holder({}, make_instance(options));
  holder.start();
  WatchStage stage({}, holder.instance);
  const auto started = stage.try_start();
  REQUIRE_FALSE(started);
  CHECK(started.error().code == base::ErrorCode::no_space);
}

TEST_CASE("inotify watcher: what is not there cannot be watched") {
  WatchStage stage;
  fs::remove_all(stage.root);
  const auto started = stage.try_start();
  REQUIRE_FALSE(started);
  CHECK(started.error().code == base::ErrorCode::not_found);
}

TEST_CASE("inotify watcher: its watches end with it") {
  WatchStage outer;
  outer.start();
  const std::uint64_t before = outer.watcher->usage().used;
  {
    WatchStage stage({}, outer.instance);
    fs::create_directories(stage.in("a/b"));
    stage.start();
    CHECK(outer.watcher->usage().used == before + 3);
  }
  CHECK(outer.watcher->usage().used == before);
}

namespace {

// Enters a mount namespace of its own; an ordinary user needs a user namespace, too.
bool enter_own_mounts() {
  const uid_t user = getuid();
  if (unshare(CLONE_NEWNS) != 0) {
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    std::ofstream("/proc/self/uid_map") << "0 " << user << " 1";
  }
  return mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

// 0: as expected; 77: the system does not let us mount.
int unmounted_root() {
  if (!enter_own_mounts()) return 77;
  WatchStage stage;
  if (mount("none", stage.root.c_str(), "tmpfs", 0, nullptr) != 0) return 77;
  fs::create_directories(stage.in("a/b"));
  stage.start();
  // Nothing that the watcher holds may keep the filesystem busy.
  if (umount(stage.root.c_str()) != 0) return 1;
  // The mount table may report the unmount before the filesystem does.
  const RootEvent event = stage.root_event();
  return event == RootEvent::unmounted || event == RootEvent::gone ? 0 : 2;
}

// The disk stays mounted elsewhere, so no watch on it ends.
int unbound_root() {
  if (!enter_own_mounts()) return 77;
  WatchStage stage;
  if (mount("none", stage.outside.c_str(), "tmpfs", 0, nullptr) != 0) return 77;
  if (mount(stage.outside.c_str(), stage.root.c_str(), nullptr, MS_BIND, nullptr) != 0) return 77;
  stage.start();
  // Mounts elsewhere do not trouble the root.
  const std::string elsewhere = stage.folder / "elsewhere";
  fs::create_directories(elsewhere);
  if (mount("none", elsewhere.c_str(), "tmpfs", 0, nullptr) != 0) return 77;
  if (umount(elsewhere.c_str()) != 0) return 1;
  (void)stage.settled();
  if (stage.root_has_trouble()) return 2;
  if (umount(stage.root.c_str()) != 0) return 3;
  return stage.root_event() == RootEvent::gone ? 0 : 4;
}

int unmounted_subfolder() {
  if (!enter_own_mounts()) return 77;
  WatchStage stage;
  fs::create_directories(stage.in("m"));
  if (mount("none", stage.in("m").c_str(), "tmpfs", 0, nullptr) != 0) return 77;
  fs::create_directories(stage.in("m/inside"));
  stage.start();
  if (umount(stage.in("m").c_str()) != 0) return 1;
  if (!covers(stage.settled(), "m/inside")) return 2;
  // Now the folder that the mount had covered is watched.
  write_file(stage.in("m/file"), "x");
  return find(stage.settled(), "m/file") ? 0 : 3;
}

// Runs `work` in a process of its own, because namespaces belong to a whole process.
int in_child(int (*work)()) {
  const pid_t child = fork();
  if (child == 0) {
    int result = 99;
    try {
      result = work();
    } catch (...) {
    }
    _exit(result);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

}  // namespace

TEST_CASE("inotify watcher: an unmount is told") {
  const int root = in_child(unmounted_root);
  const int subfolder = in_child(unmounted_subfolder), unbound = in_child(unbound_root);
  if (root == 77 || subfolder == 77 || unbound == 77) {
    WARN("skipped: this system does not let us mount in a namespace of our own");
    return;
  }
  CHECK(root == 0);
  CHECK(subfolder == 0);
  CHECK(unbound == 0);
}

#endif
