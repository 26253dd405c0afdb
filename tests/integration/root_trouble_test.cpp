// SPDX-License-Identifier: Apache-2.0
// Trouble of the watched folder itself, with the real programs: no deletion is committed, status
// reports the trouble, and watching goes on by itself and catches up.
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/eventually.hpp"
#include "tests/support/own_mounts.hpp"
#include "tests/support/real_agent.hpp"

namespace {

using namespace vcs;
using test::eventually;
using test::has_own_mounts;
using test::Mount;
using test::RealAgent;
using test::TemporaryFolder;
using test::write_file;
namespace fs = std::filesystem;

constexpr uid_t kNobody = 65534;

struct Desk {
  RealAgent agent;
  TemporaryFolder parent;
  std::string root = parent / "root";

  uid_t user;

  explicit Desk(uid_t as = geteuid()) : agent("", as), user(as) {
    chmod(parent.path().c_str(), 0755);
    fs::create_directories(root);
    if (user != geteuid()) REQUIRE(chown(root.c_str(), user, user) == 0);
  }
  // Watches the root as it is now.
  void begin() {
    fs::create_directories(root + "/sub");
    for (const char* name : {"/a", "/b", "/sub/c"}) write_file(root + name, "kept");
    agent.start();
    agent.json({"init", root, "--name", "root"});
    agent.json({"status", "--wait"});
  }
  nlohmann::json wait_for(const std::string& state) {
    nlohmann::json repository;
    for (int tries = 0; tries < 1000; ++tries) {
      repository = agent.repository();
      if (repository["state"] == state) break;
      usleep(20'000);
    }
    CHECK(repository["state"] == state);
    return repository;
  }
  void check_suspended(const std::string& head, const std::string& reason) {
    wait_for("suspended");
    nlohmann::json repository;
    for (int tries = 0; tries < 500; ++tries) {
      repository = agent.repository();
      if (repository["reason"].get<std::string>().find(reason) != std::string::npos) break;
      usleep(20'000);
    }
    INFO(repository["reason"]);
    CHECK(repository["reason"].get<std::string>().find(reason) != std::string::npos);
    CHECK(repository["head"] == head);
    const auto status = agent.ctl({"status"});
    CHECK(status.status == 3);
    CHECK(status.out.find("NOT being kept") != std::string::npos);
    CHECK(agent.ctl({"commit", "-r", "root"}).status == 1);
    CHECK(agent.repository()["head"] == head);
  }
  std::string head() { return agent.repository()["head"].get<std::string>(); }
  // The head equals the disk, and no commit since `since` has deleted a file.
  void check_caught_up(const std::string& since) {
    wait_for("watching");
    agent.json({"status", "--wait"});
    TemporaryFolder target;
    if (user != geteuid()) CHECK(chown(target.path().c_str(), user, user) == 0);
    CHECK(agent.ctl({"restore", "HEAD", "-r", "root", "--to", target.path()}).status == 0);
    CHECK(test::run_program({"diff", "-r", root, target.path()}).out.empty());
    for (const auto& commit : agent.json({"log", "-r", "root"})) {
      if (commit["id"] == since) break;
      CHECK(commit["changed"]["deleted"] == 0);
    }
    CHECK(agent.repository()["last_audit"]["drift"] == 0);
    CHECK(agent.ctl({"status"}).status == 0);
    // The folder is watched as before.
    write_file(root + "/later", since);
    for (int tries = 0; tries < 500; ++tries) {
      if (agent.ctl({"cat", "HEAD:later", "-r", "root"}).out == since) break;
      usleep(20'000);
    }
    CHECK(agent.ctl({"cat", "HEAD:later", "-r", "root"}).out == since);
  }
};

}  // namespace

TEST_CASE("root trouble: an unmounted disk is no deletion") {
  if (!has_own_mounts()) return;
  Desk desk;
  TemporaryFolder disk, other;
  write_file(other / "foreign", "of another disk");
  std::string head;
  {
    Mount tmpfs("none", disk.path(), "tmpfs", 0);
    {
      Mount bound(disk.path(), desk.root, nullptr, MS_BIND);
      desk.begin();
      head = desk.head();
      // The agent does not keep the disk busy, once it has read what it reads.
      REQUIRE(eventually([&] { return bound.unmount(); }));
      desk.check_suspended(head, "");
    }
    {
      // An empty disk or another one in its place is no deletion, either.
      Mount empty("none", desk.root, "tmpfs", 0);
      desk.check_suspended(head, "empty");
      Mount foreign(other.path(), desk.root, nullptr, MS_BIND);
      desk.check_suspended(head, "another filesystem");
    }
    write_file(disk / "a", "written while it was away");
    write_file(disk / "sub/new", "too");
    Mount again(disk.path(), desk.root, nullptr, MS_BIND);
    desk.check_caught_up(head);
    desk.agent.stop(SIGTERM);
    CHECK(again.unmount());
  }
  // An agent that starts without the disk is suspended, too.
  desk.agent.start();
  desk.wait_for("suspended");
}

TEST_CASE("root trouble: a folder that was replaced by an empty one is awaited") {
  Desk desk;
  desk.begin();
  const std::string head = desk.head();
  fs::rename(desk.root, desk.parent / "aside");
  fs::create_directory(desk.root);
  desk.check_suspended(head, "empty");
  write_file(desk.parent / "aside/a", "written meanwhile");
  fs::remove(desk.root);
  fs::rename(desk.parent / "aside", desk.root);
  desk.check_caught_up(head);
}

TEST_CASE("root trouble: a folder that was made anew is awaited, also under its old number") {
  Desk desk;
  desk.begin();
  const std::string head = desk.head();
  const bool runs = GENERATE(true, false);
  const auto number = [&] {
    struct stat stat {};
    REQUIRE(lstat(desk.root.c_str(), &stat) == 0);
    return stat.st_ino;
  };
  const ino_t before = number();
  // The agent is stopped meanwhile, so that it sees only the result.
  if (runs) REQUIRE(kill(desk.agent.pid(), SIGSTOP) == 0);
  if (!runs) desk.agent.stop(SIGTERM);
  fs::remove_all(desk.root);
  fs::create_directory(desk.root);
  const bool same_number = number() == before;
  if (runs) REQUIRE(kill(desk.agent.pid(), SIGCONT) == 0);
  if (!runs) desk.agent.start();
  if (!same_number) WARN("this filesystem gives a new folder another number");
  desk.check_suspended(head, "empty");
  desk.agent.stop(SIGKILL);
  desk.agent.start();
  desk.check_suspended(head, "empty");
  // New files make the agent accept the new folder; from then on its owner may empty it.
  for (const char* name : {"/a", "/d"}) write_file(desk.root + name, "new");
  desk.wait_for("watching");
  desk.agent.json({"status", "--wait"});
  CHECK(desk.agent.json({"ls", "HEAD", "-r", "root"}).size() == 2);
  desk.agent.stop(SIGTERM);
  for (const char* name : {"/a", "/d"}) fs::remove(desk.root + name);
  desk.agent.start();
  desk.wait_for("watching");
  desk.agent.json({"status", "--wait"});
  CHECK(desk.agent.json({"ls", "HEAD", "-r", "root"}).empty());
}

TEST_CASE("root trouble: what a restore has not written into an empty folder is no deletion") {
  Desk desk;
  desk.begin();
  const std::string head = desk.head();
  const bool noticed = GENERATE(true, false);
  INFO("the agent has noticed: " << noticed);
  fs::rename(desk.root, desk.parent / "aside");
  if (GENERATE(true, false)) fs::create_directory(desk.root);
  if (noticed) desk.check_suspended(head, "");

  const auto part = desk.agent.ctl({"restore", "HEAD", "a", "-r", "root"});
  CHECK(part.status == 0);
  CHECK(part.out.find("does not count as deleted; see: vcsctl owed") != std::string::npos);
  desk.wait_for("watching");
  desk.agent.json({"commit", "-r", "root", "--full"});
  for (const char* path : {"HEAD:a", "HEAD:b", "HEAD:sub/c"})
    CHECK(desk.agent.ctl({"cat", path, "-r", "root"}).status == 0);
  CHECK(desk.agent.repository()["owed"]["entries"] == 3);
  CHECK(desk.agent.ctl({"status"}).status == 3);

  // Removing a file that was written is a deletion.
  fs::remove(desk.root + "/a");
  desk.agent.json({"commit", "-r", "root"});
  CHECK(desk.agent.ctl({"cat", "HEAD:a", "-r", "root"}).status != 0);

  if (GENERATE(true, false)) {
    CHECK(desk.agent.ctl({"owed", "--write", "-r", "root"}).status == 0);
  } else {
    CHECK(desk.agent.ctl({"restore", "HEAD", "-r", "root"}).status == 0);
  }
  CHECK(test::read_file(desk.root + "/sub/c") == "kept");
  CHECK(desk.agent.ctl({"owed", "-r", "root"}).status == 0);
  CHECK(desk.agent.ctl({"status", "--wait"}).status == 0);
}

TEST_CASE(
    "root trouble: an older commit that came back whole into a new folder is what is wanted") {
  Desk desk;
  desk.begin();
  const std::string first = desk.head();
  write_file(desk.root + "/later", "saved later");
  desk.agent.json({"commit", "-r", "root"});
  const std::string head = desk.head();
  fs::remove_all(desk.root);
  desk.wait_for("suspended");
  CHECK(desk.agent.ctl({"restore", first, "-r", "root"}).status == 0);
  CHECK(desk.agent.ctl({"owed", "-r", "root"}).status == 0);
  desk.wait_for("watching");
  desk.agent.json({"commit", "-r", "root", "--full"});
  CHECK(desk.agent.ctl({"cat", "HEAD:sub/c", "-r", "root"}).status == 0);
  CHECK(desk.agent.ctl({"cat", "HEAD:later", "-r", "root"}).status != 0);
  CHECK(desk.agent.ctl({"cat", head + ":later", "-r", "root"}).status == 0);
}

TEST_CASE("root trouble: what a restore from a remote has not written is owed, and settled by it") {
  Desk desk;
  TemporaryFolder remote;
  desk.begin();
  desk.agent.json({"remote", "add", "disk", remote / "copy", "-r", "root"});
  REQUIRE(desk.agent.ctl({"sync", "--wait", "-r", "root"}).status == 0);
  fs::rename(desk.root, desk.parent / "aside");
  desk.wait_for("suspended");
  const std::vector<std::string> from = {"--from", remote / "copy", "--to", desk.root};
  std::vector<std::string> part = {"restore", "HEAD", "a"}, all = {"restore", "HEAD"};
  part.insert(part.end(), from.begin(), from.end());
  all.insert(all.end(), from.begin(), from.end());
  const auto some = desk.agent.ctl(part);
  CHECK(some.status == 0);
  CHECK(some.out.find("does not count as deleted; see: vcsctl owed") != std::string::npos);
  CHECK(desk.agent.ctl({"owed", "-r", "root"}).status == 3);
  CHECK(desk.agent.ctl(all).status == 0);
  CHECK(eventually([&] { return desk.agent.ctl({"owed", "-r", "root"}).status == 0; }));
  CHECK(desk.agent.ctl({"cat", "HEAD:sub/c", "-r", "root"}).status == 0);
}

TEST_CASE("root trouble: a sync that waits promises nothing while nothing can be saved") {
  Desk desk;
  TemporaryFolder remote;
  desk.begin();
  desk.agent.json({"remote", "add", "disk", remote / "copy", "-r", "root"});
  CHECK(desk.agent.ctl({"sync", "--wait", "-r", "root"}).status == 0);
  fs::rename(desk.root, desk.parent / "aside");
  desk.wait_for("suspended");
  const auto sync = desk.agent.ctl({"sync", "--wait", "-r", "root"});
  CHECK(sync.status == 3);
  CHECK(sync.out.find("suspended") != std::string::npos);
}

TEST_CASE("root trouble: a folder whose parent was renamed is awaited, and one in its place seen") {
  Desk desk;
  TemporaryFolder top;
  fs::create_directories(top / "parent/root");
  desk.root = top / "parent/root";
  desk.begin();
  const std::string head = desk.head();
  fs::rename(top / "parent", top / "elsewhere");
  desk.check_suspended(head, "cannot be opened");
  write_file(top / "elsewhere/root/b", "written meanwhile");
  fs::rename(top / "elsewhere", top / "parent");
  desk.check_caught_up(head);

  fs::rename(top / "parent", top / "elsewhere");
  fs::copy(top / "elsewhere", top / "parent", fs::copy_options::recursive);
  write_file(desk.root + "/sub/c", "of the copy");
  const auto copy_is_seen = [&] {
    return desk.agent.ctl({"cat", "HEAD:sub/c", "-r", "root"}).out == "of the copy";
  };
  for (int tries = 0; !copy_is_seen() && tries < 500; ++tries) usleep(20'000);
  CHECK(copy_is_seen());
  desk.check_caught_up(desk.head());
}

TEST_CASE("root trouble: a folder that may not be read any more is awaited") {
  // Root can read everything, so for root the agent runs as another user.
  const uid_t user = geteuid() == 0 ? kNobody : geteuid();
  Desk desk(user);
  desk.begin();
  test::run_program({"chown", "-R", std::to_string(user), desk.root});
  desk.agent.json({"commit", "-r", "root"});
  const std::string head = desk.head();
  // The folder itself, and the folder above it.
  for (const std::string& folder : {desk.root, desk.parent.path()}) {
    REQUIRE(chmod(folder.c_str(), 0) == 0);
    desk.check_suspended(desk.head(), "ermission denied");
    REQUIRE(chmod(folder.c_str(), 0755) == 0);
    write_file(desk.root + "/a", "written after " + folder);
    desk.check_caught_up(head);
  }
  // An unreadable folder below the root is reported, and deletes nothing.
  REQUIRE(chmod((desk.root + "/sub").c_str(), 0) == 0);
  desk.agent.ctl({"commit", "-r", "root", "--full"});
  CHECK(desk.agent.repository()["problem_count"] == 1);
  CHECK(desk.agent.json({"ls", "HEAD:sub", "-r", "root"}).size() == 1);
  REQUIRE(chmod((desk.root + "/sub").c_str(), 0755) == 0);
  desk.agent.ctl({"commit", "-r", "root", "--full"});
  desk.check_caught_up(head);
}

TEST_CASE("root trouble: a disk that leaves a folder below the root is no deletion") {
  if (!has_own_mounts()) return;
  Desk desk;
  TemporaryFolder disk;
  Mount tmpfs("none", disk.path(), "tmpfs", 0);
  fs::create_directories(desk.root + "/disk");
  Mount bound(disk.path(), desk.root + "/disk", nullptr, MS_BIND);
  fs::create_directories(desk.root + "/disk/in");
  write_file(desk.root + "/disk/in/file", "kept");
  desk.begin();
  const auto is_away = [&](bool wanted) {
    for (int tries = 0; tries < 1000; ++tries) {
      const auto repository = desk.agent.repository();
      if (repository["state"] == "watching" && repository["unmounted"].empty() != wanted)
        return true;
      usleep(20'000);
    }
    return false;
  };
  const std::string head = desk.head();
  // The folder's watches get no event: the disk is still mounted elsewhere.
  REQUIRE(eventually([&] { return bound.unmount(); }));
  REQUIRE(is_away(true));
  const auto told = desk.agent.ctl({"status"});
  CHECK(told.status == 3);
  CHECK(told.out.find("disk: not mounted any more") != std::string::npos);
  // A restart and commits meanwhile change nothing.
  desk.agent.stop(SIGTERM);
  desk.agent.start();
  REQUIRE(is_away(true));
  write_file(desk.root + "/a", "written meanwhile");
  write_file(disk / "in/file", "written elsewhere");
  desk.agent.json({"commit", "-r", "root", "--full"});
  CHECK(desk.agent.json({"ls", "HEAD:disk/in", "-r", "root"}).size() == 1);
  CHECK(desk.agent.ctl({"cat", "HEAD:disk/in/file", "-r", "root"}).out == "kept");
  // Saving goes on by itself when the disk is back, and when disk and folder are gone for good.
  Mount again(disk.path(), desk.root + "/disk", nullptr, MS_BIND);
  REQUIRE(is_away(false));
  desk.check_caught_up(head);
  CHECK(desk.agent.ctl({"cat", "HEAD:disk/in/file", "-r", "root"}).out == "written elsewhere");
  REQUIRE(eventually([&] { return again.unmount(); }));
  REQUIRE(is_away(true));
  fs::remove(desk.root + "/disk");
  REQUIRE(is_away(false));
  desk.agent.json({"status", "--wait"});
  CHECK(desk.agent.ctl({"cat", "HEAD:disk/in/file", "-r", "root"}).status == 1);
  CHECK(desk.agent.ctl({"status"}).status == 0);
}
