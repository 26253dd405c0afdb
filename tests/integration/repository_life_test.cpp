// SPDX-License-Identifier: Apache-2.0
// A history outlives the place of its folder, and a removal that was a mistake.
#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/desk.hpp"
#include "tests/support/eventually.hpp"

namespace {

using namespace vcs;
using test::eventually;
using test::RealAgent;
using test::TemporaryFolder;
using test::write_file;
namespace fs = std::filesystem;

struct Stage {
  TemporaryFolder parent;
  RealAgent agent;
  std::string first = parent / "first", second = parent / "second";

  Stage() {
    fs::create_directories(first);
    for (const char* name : {"/a", "/b", "/c"}) write_file(first + name, "1");
    agent.start();
    agent.json({"init", first, "--name", "work", "--wait"});
    write_file(first + "/a", "2");
    agent.json({"commit", "-r", "work", "-m", "two"});
  }
  std::size_t commits(const std::string& name) { return agent.json({"log", "-r", name}).size(); }
  // It is watched there, with all that was saved and nothing deleted.
  void check_goes_on(const std::string& folder) {
    write_file(folder + "/later", "x");
    CHECK(agent.json({"commit", "-r", "work"})["changed"]["added"] == 1);
    CHECK(commits("work") == 3);
    CHECK(agent.ctl({"cat", "HEAD~1:a", "-r", "work"}).out == "2");
    for (const auto& commit : agent.json({"log", "-r", "work"}))
      CHECK(commit["changed"]["deleted"] == 0);
  }
  void check_offered(const std::string& folder) {
    const auto offered = agent.ctl({"init", folder});
    CHECK(offered.status == 1);
    CHECK(offered.err.find("--name work") != std::string::npos);
  }
};

}  // namespace

TEST_CASE("repository life: a folder that moved is gone on with, or begins anew") {
  Stage stage;
  fs::rename(stage.first, stage.second);
  REQUIRE(eventually([&] { return stage.agent.repository("work")["state"] == "suspended"; }));
  CHECK(stage.agent.ctl({"status"}).out.find("--name work") != std::string::npos);
  stage.check_offered(stage.second);
  SECTION("with its history") {
    stage.agent.json({"init", stage.second, "--name", "work", "--wait"});
    stage.check_goes_on(stage.second);
  }
  SECTION("or with a new one") {
    stage.agent.json({"init", stage.second, "--name", "anew", "--wait"});
    CHECK(stage.commits("anew") == 1);
    CHECK(stage.agent.repository("work")["state"] == "suspended");
  }
}

TEST_CASE("repository life: a folder that was removed from watching is gone on with") {
  Stage stage;
  stage.agent.json({"repo", "remove", "work"});
  stage.check_offered(stage.first);
  stage.agent.json({"init", stage.first, "--name", "work", "--wait"});
  stage.check_goes_on(stage.first);
}

TEST_CASE("repository life: a history is not deleted by a slip of the hand") {
  Stage stage;
  const auto refused = stage.agent.ctl({"repo", "remove", "work", "--delete-history"});
  CHECK(refused.status == 1);
  CHECK(refused.err.find("2 saves") != std::string::npos);
  CHECK(refused.err.find("no other place") != std::string::npos);
  const auto json = stage.agent.ctl({"repo", "remove", "work", "--delete-history", "--json"});
  CHECK(json.status == 1);
  CHECK(json.err.find("precondition_failed") != std::string::npos);
  CHECK(stage.agent.ctl({"repo", "remove", "work", "--delete-history", "--dry-run"}).status == 0);
  REQUIRE(stage.commits("work") == 2);

  stage.agent.json({"repo", "remove", "work", "--delete-history", "--yes"});
  stage.agent.stop(SIGTERM);
  stage.agent.start();
  CHECK(stage.agent.json({"repo", "list"})["repositories"].empty());
  stage.check_offered(stage.first);
  stage.agent.json({"init", stage.first, "--name", "work", "--wait"});
  stage.check_goes_on(stage.first);
}
