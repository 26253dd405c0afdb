// SPDX-License-Identifier: Apache-2.0
// One agent after the other in one home: whoever comes next waits for the one that leaves.
#include <catch2/catch.hpp>
#include <thread>

#include "config/paths.hpp"
#include "core/base/held_lock.hpp"
#include "tests/support/must.hpp"
#include "tests/support/real_agent.hpp"

namespace {

using namespace vcs;
using test::must;
using test::RealAgent;
using test::TemporaryFolder;

}  // namespace

TEST_CASE("start and stop: whatever comes right behind a stop finds a fresh agent") {
  RealAgent agent;
  TemporaryFolder folder;
  agent.json({"init", folder.path(), "--name", "desk"});
  std::string pid = agent.json({"status"})["agent"]["pid"].dump();
  for (int round = 0; round < 5; ++round) {
    test::write_file(folder / "file", std::to_string(round));
    REQUIRE(agent.ctl({"stop"}).status == 0);
    const auto data = must(base::make_posix_filesystem()->open_directory(agent.home()));
    REQUIRE(data->lock_file(config::kAgentLock));
    const test::CommandResult commit = agent.ctl({"commit", "-r", "desk"});
    CAPTURE(commit.out, commit.err);
    REQUIRE(commit.status == 0);
    REQUIRE(agent.ctl({"cat", "HEAD:file", "-r", "desk"}).out == std::to_string(round));
    REQUIRE(agent.json({"status"})["agent"]["pid"].dump() != std::exchange(pid, ""));
    pid = agent.json({"status"})["agent"]["pid"].dump();
  }
}

TEST_CASE("start and stop: an agent waits for one that is about to leave") {
  RealAgent agent;
  const auto data = must(base::make_posix_filesystem()->open_directory(agent.home()));
  auto leaving = must(
      base::hold_lock(*data, config::kAgentLock, std::string("a test") + config::kStoppingMark));
  test::CommandResult started;
  std::thread next([&] {
    started = test::run_program({test::program("vcsd"), "--home", agent.home()});
  });
  leaving = nullptr;
  next.join();
  CAPTURE(started.out, started.err);
  CHECK(started.status == 0);
  CHECK(agent.ctl({"status", "--no-start"}).status == 0);
}

TEST_CASE("start and stop: too little memory is refused at start, with where and what to do") {
  RealAgent agent("[core]\nmemory_limit = \"1 MiB\"\n");
  const test::CommandResult started =
      test::run_program({test::program("vcsd"), "--home", agent.home(), "--foreground"});
  CAPTURE(started.err);
  CHECK(started.status == 1);
  CHECK(started.err.find("config.toml:7:") != std::string::npos);
  CHECK(started.err.find("core.memory_limit") != std::string::npos);
  CHECK(started.err.find("64MiB") != std::string::npos);
  CHECK(agent.ctl({"status"}).err.find("config.toml:7:") != std::string::npos);
}
