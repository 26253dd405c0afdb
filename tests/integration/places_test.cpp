// SPDX-License-Identifier: Apache-2.0
// A remote, or the agent's own data, in a watched folder: the agent refuses it in both orders,
// tells it when a mount makes it so later, and never saves its own writes in a loop.
#include <signal.h>
#include <sys/mount.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/desk.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/own_mounts.hpp"

namespace {

using namespace vcs;
using test::eventually;
using test::Mount;
using test::RealAgent;
using test::TemporaryFolder;
using test::write_file;
namespace fs = std::filesystem;

std::size_t commits(const RealAgent& agent, const std::string& name) {
  return agent.json({"log", "-r", name}).size();
}

}  // namespace

TEST_CASE("places: remotes and watched folders are kept apart, whichever comes first") {
  test::Desk desk;
  TemporaryFolder other;
  desk.watch();
  fs::create_directories(desk.folder / "sub");
  fs::create_directory_symlink(desk.folder / "sub", other / "link");
  const std::string parent = fs::path(desk.folder.path()).parent_path();
  for (const std::string& place :
       {desk.folder.path(), desk.folder / "copy", desk.folder / "sub/copy", other / "link/copy",
        parent, desk.agent.home() + "/copy"}) {
    INFO(place);
    const auto added = desk.agent.ctl({"remote", "add", "disk", place, "-r", "desk"});
    CHECK(added.status == 1);
    CHECK_FALSE(fs::exists(place + "/packs"));
  }
  CHECK(desk.agent.json({"remote", "list", "-r", "desk"})["remotes"].empty());

  fs::create_directories(other / "all");
  desk.agent.json({"remote", "add", "disk", other / "all/disk", "-r", "desk"});
  desk.agent.json({"sync", "--wait", "-r", "desk"});
  for (const std::string& folder : {other / "all", other / "all/disk", other / "all/disk/packs"})
    CHECK(desk.agent.ctl({"init", folder}).status == 1);
  CHECK(desk.agent.ctl({"clone", other / "all/disk", other / "all/disk/new"}).status == 1);
  CHECK_FALSE(fs::exists(other / "all/disk/new"));
  CHECK(desk.agent.ctl({"restore", "HEAD", "-r", "desk", "--to", other / "all/disk/x"}).status ==
        1);
  CHECK(desk.agent.ctl({"remote", "add", "far", other / "no/such/parent", "-r", "desk"}).status ==
        1);
}

TEST_CASE("places: a folder that is seen in two places is one") {
  if (!test::has_own_mounts()) return;
  test::Desk desk;
  TemporaryFolder seen, remote;
  fs::create_directories(desk.folder / "sub");
  Mount bound(desk.folder / "sub", seen.path(), nullptr, MS_BIND);
  desk.watch();
  CHECK(desk.agent.ctl({"remote", "add", "disk", seen / "copy", "-r", "desk"}).status == 1);
  // The other way round: a later mount shows the remote below the folder.
  desk.agent.json({"remote", "add", "disk", remote / "copy", "-r", "desk"});
  desk.agent.json({"sync", "--wait", "-r", "desk"});
  fs::create_directories(desk.folder / "hole");
  Mount later(remote.path(), desk.folder / "hole", nullptr, MS_BIND);
  write_file(desk.folder / "a", "2");
  REQUIRE(eventually([&] {
    desk.agent.json({"status", "--wait"});
    return desk.agent.repository()["remotes"][0]["state"] == "error";
  }));
  desk.agent.json({"status", "--wait"});
  const std::size_t before = commits(desk.agent, "desk");
  CHECK(desk.agent.ctl({"sync", "--wait", "-r", "desk"}).status == 3);
  desk.agent.json({"status", "--wait"});
  CHECK(commits(desk.agent, "desk") == before);
}

TEST_CASE("places: the agent's own data that is bound into a watched folder suspends it") {
  if (!test::has_own_mounts()) return;
  test::Desk desk;
  fs::create_directories(desk.folder / "hole");
  desk.watch();
  const std::size_t before = commits(desk.agent, "desk");
  {
    Mount bound(desk.agent.home(), desk.folder / "hole", nullptr, MS_BIND);
    REQUIRE(eventually([&] { return desk.agent.repository()["state"] == "suspended"; }));
    CHECK(desk.agent.ctl({"status"}).out.find("the agent's own") != std::string::npos);
    REQUIRE(eventually([&] { return bound.unmount(); }));
  }
  CHECK(eventually([&] { return desk.agent.repository()["state"] == "watching"; }));
  CHECK(commits(desk.agent, "desk") == before);
}

TEST_CASE("places: one place is one remote, whatever it is called") {
  test::Desk desk;
  TemporaryFolder disk;
  desk.watch();
  desk.agent.json({"remote", "add", "a", disk / "store", "-r", "desk"});
  fs::create_directory_symlink(disk.path(), disk.path() + "-link");
  const std::string link = disk.path() + "-link/store";
  for (const std::string& again :
       {disk / "store", disk / "store/", "file://" + disk / "store", link}) {
    const auto added = desk.agent.ctl({"remote", "add", "b", again, "-r", "desk"});
    INFO(again << added.err);
    CHECK(added.status == 1);
    CHECK(added.err.find("is the remote 'a' of desk already") != std::string::npos);
  }
  fs::remove(disk.path() + "-link");
  CHECK(desk.agent.json({"remote", "list", "-r", "desk"})["remotes"].size() == 1);
  desk.agent.json({"remote", "add", "b", disk / "other", "-r", "desk"});
}

TEST_CASE("places: what keeps nothing is no remote") {
  test::Desk desk;
  TemporaryFolder place;
  desk.watch();
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"remote", "add", "mem", "memory://foo", "-r", "desk"},
        {"clone", "memory://foo", place / "clone"},
        {"restore", "--from", "memory://foo", "HEAD", "--to", place / "back"}}) {
    const auto refused = desk.agent.ctl(command);
    INFO(refused.err);
    CHECK(refused.status == 1);
    CHECK(refused.err.find("keeps nothing") != std::string::npos);
  }
  CHECK(desk.agent.json({"remote", "list", "-r", "desk"})["remotes"].empty());
  CHECK(fs::is_empty(place.path()));
}

TEST_CASE("places: files that the system makes up are not watched") {
  RealAgent agent;
  agent.start();
  for (const char* folder : {"/proc", "/proc/self", "/sys"}) {
    if (!fs::exists(folder)) continue;
    const auto refused = agent.ctl({"init", folder, "--new"});
    INFO(folder << refused.err);
    CHECK(refused.status == 1);
    CHECK(refused.err.find("nothing to save") != std::string::npos);
  }
  CHECK(agent.json({"repo", "list"})["repositories"].empty());
}

TEST_CASE("places: a clone or restore that is refused leaves no folder that it made") {
  test::Desk desk;
  TemporaryFolder disk, place;
  const std::string store = disk / "store";
  desk.watch();
  desk.agent.json({"remote", "add", "a", store, "-r", "desk"});
  desk.agent.json({"sync", "--wait", "-r", "desk"});
  const auto inside = desk.agent.ctl({"clone", store, desk.folder / "x"});
  CHECK(inside.err.find("lies inside") != std::string::npos);
  CHECK_FALSE(fs::exists(desk.folder / "x"));
  CHECK(desk.agent.ctl({"clone", store, place / "x", "--name", "desk"}).status == 1);
  CHECK(desk.agent.ctl({"restore", "--from", disk / "none", "--to", place / "x"}).status == 1);
  CHECK(fs::is_empty(place.path()));
}

TEST_CASE("places: data that was moved into a watched folder suspends it, until it is elsewhere") {
  test::Desk desk;
  TemporaryFolder other;
  desk.watch();
  const std::string data = desk.agent.home() + "/repositories";
  const std::size_t before = commits(desk.agent, "desk");
  REQUIRE(desk.agent.stop(SIGTERM) == 0);
  fs::rename(data, desk.folder / "store");
  fs::create_directory_symlink(desk.folder / "store", data);
  desk.agent.start();
  REQUIRE(eventually([&] { return desk.agent.repository()["state"] == "suspended"; }));
  CHECK(desk.agent.ctl({"status"}).out.find("the agent's own data") != std::string::npos);
  CHECK(commits(desk.agent, "desk") == before);
  fs::rename(desk.folder / "store", other / "store");
  fs::remove(data);
  fs::create_directory_symlink(other / "store", data);
  CHECK(eventually([&] { return desk.agent.repository()["state"] == "watching"; }));
}
