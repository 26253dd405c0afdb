// SPDX-License-Identifier: Apache-2.0
// One agent after the other in one home: the next one waits for the one that leaves.
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <thread>

#include "core/base/held_lock.hpp"
#include "ipc/agent_lock.hpp"
#include "tests/support/desk.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/must.hpp"
#include "tests/support/real_agent.hpp"

namespace {

using namespace vcs;
using test::must;
using test::RealAgent;
using test::TemporaryFolder;
namespace fs = std::filesystem;

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
    REQUIRE(data->lock_file(ipc::kAgentLock));
    const test::CommandResult commit = agent.ctl({"commit", "-r", "desk"});
    CAPTURE(commit.out, commit.err);
    REQUIRE(commit.status == 0);
    REQUIRE(agent.ctl({"cat", "HEAD:file", "-r", "desk"}).out == std::to_string(round));
    REQUIRE(agent.json({"status"})["agent"]["pid"].dump() != std::exchange(pid, ""));
    pid = agent.json({"status"})["agent"]["pid"].dump();
  }
}

TEST_CASE("start and stop: a question that a stop cuts off is answered, or nobody is there") {
  RealAgent agent;
  TemporaryFolder folder;
  agent.json({"init", folder.path(), "--name", "desk", "--wait"});
  for (int round = 0; round < 12; ++round) {
    REQUIRE(agent.ctl({"status"}).status == 0);
    std::thread stop([&] { agent.ctl({"stop"}); });
    for (const std::vector<std::string>& question : std::vector<std::vector<std::string>>{
             {"status", "--no-start"}, {"log", "-r", "desk", "--no-start"}}) {
      const test::CommandResult asked = agent.ctl(question);
      CAPTURE(asked.status, asked.out, asked.err);
      CHECK((asked.status == 0 || asked.err.find("no agent runs") != std::string::npos));
    }
    stop.join();
  }
}

TEST_CASE("start and stop: an agent waits for one that is about to leave") {
  RealAgent agent;
  const auto data = must(base::make_posix_filesystem()->open_directory(agent.home()));
  const std::string text =
      GENERATE(ipc::agent_lock_text({1, 2, ipc::AgentState::stopping, "/nowhere"}),
               std::string("vcsd with process id 1, stopping"));  // what 0.1.0 wrote
  auto leaving = must(base::hold_lock(*data, ipc::kAgentLock, text));
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

TEST_CASE("start and stop: a log that was moved away is opened anew at SIGHUP") {
  RealAgent agent;
  agent.ctl({"status"});
  const std::string log = agent.home() + "/logs/vcsd.log";
  REQUIRE(rename(log.c_str(), (log + ".old").c_str()) == 0);
  REQUIRE(kill(agent.json({"status"})["agent"]["pid"].get<pid_t>(), SIGHUP) == 0);
  CHECK(test::eventually([&] {
    return access(log.c_str(), F_OK) == 0 &&
           test::read_file(log).find("configuration read again") != std::string::npos;
  }));
}

TEST_CASE("start and stop: a history that was removed under a running agent promises no save") {
  test::Desk desk;
  const std::string data = desk.watch()["data"];
  test::remove_tree(data);
  test::write_file(desk.folder / "a", "saved nowhere");
  CHECK(desk.agent.ctl({"commit", "-r", "desk"}).status == 1);
  CHECK(test::eventually([&] { return desk.agent.ctl({"status"}).status == 3; }));
  CHECK(desk.agent.ctl({"status"}).out.find("was removed or replaced") != std::string::npos);
}

TEST_CASE("start and stop: what a killed agent had begun is swept, and nothing else") {
  RealAgent agent;
  TemporaryFolder folder, copy, clone;
  test::write_file(folder / "file", "kept");
  agent.json({"init", folder.path(), "--name", "desk", "--wait"});
  agent.json({"remote", "add", "copy", copy / "store", "-r", "desk"});
  agent.json({"sync", "--wait", "-r", "desk"});
  REQUIRE(agent.ctl({"clone", copy / "store", clone / "back", "--name", "back"}).status == 0);
  const std::string repositories = agent.home() + "/repositories";
  for (const auto& entry : fs::directory_iterator(repositories))
    CHECK_FALSE(fs::exists(entry.path() / "unfinished"));
  REQUIRE(agent.ctl({"stop"}).status == 0);
  for (const char* name : {"dead-01234567", "unknown-01234567"})
    fs::create_directories(repositories + "/" + name + "/packs");
  test::write_file(repositories + "/dead-01234567/unfinished", "");
  REQUIRE(agent.ctl({"status"}).status == 0);
  CHECK(test::eventually([&] { return !fs::exists(repositories + "/dead-01234567"); }));
  CHECK(fs::exists(repositories + "/unknown-01234567"));
  CHECK(agent.ctl({"cat", "HEAD:file", "-r", "desk"}).out == "kept");
  CHECK(agent.ctl({"cat", "HEAD:file", "-r", "back"}).out == "kept");
}

TEST_CASE("start and stop: the agent's own places may be links") {
  TemporaryFolder elsewhere, folder;
  test::write_file(folder / "file", "kept");
  RealAgent agent("", geteuid(), elsewhere / "real");
  const std::string home = agent.home(), link = elsewhere / "link";
  for (const char* name : {"repositories", "logs"}) {
    fs::create_directories(elsewhere / name);
    fs::permissions(elsewhere / name, fs::perms::owner_all);
    fs::create_directory_symlink(elsewhere / name, home + "/" + name);
  }
  fs::rename(home + "/config.toml", elsewhere / "dotfile");
  fs::create_symlink(elsewhere / "dotfile", home + "/config.toml");
  fs::create_directory_symlink(home, link);
  const auto ctl = [&](std::vector<std::string> words) {
    words.insert(words.begin(), test::program("vcsctl"));
    words.insert(words.end(), {"--home", link});
    return test::run_program(words);
  };
  const test::CommandResult made = ctl({"init", folder.path(), "--name", "desk", "--wait"});
  CAPTURE(made.err);
  REQUIRE(made.status == 0);
  CHECK(ctl({"cat", "HEAD:file", "-r", "desk"}).out == "kept");
  CHECK(ctl({"stop"}).status == 0);
  // One repository on a larger disk.
  const fs::path data = fs::directory_iterator(elsewhere / "repositories")->path();
  fs::rename(data, elsewhere / "moved");
  fs::create_directory_symlink(elsewhere / "moved", data);
  CHECK(ctl({"status"}).status == 0);
  CHECK(ctl({"cat", "HEAD:file", "-r", "desk"}).out == "kept");
  CHECK(ctl({"stop"}).status == 0);
}

TEST_CASE(
    "start and stop: a home that was made open to others is closed, one that is not ours is left") {
  TemporaryFolder folder;
  const std::string home = folder / "home";
  fs::create_directory(home);
  fs::permissions(home, static_cast<fs::perms>(0755));
  const auto ctl = [&](const char* command) {
    return test::run_program({test::program("vcsctl"), command, "--home", home});
  };
  CHECK(ctl("status").status == 0);
  CHECK(ctl("stop").status == 0);
  CHECK(fs::status(home).permissions() == fs::perms::owner_all);
  test::remove_tree(home);
  fs::create_directory(home);
  fs::permissions(home, static_cast<fs::perms>(0755));
  test::write_file(home + "/index.html", "");
  const test::CommandResult refused = ctl("status");
  CHECK(refused.status == 1);
  CHECK(refused.err.find("index.html") != std::string::npos);
  CHECK(std::distance(fs::directory_iterator(home), {}) == 1);
}

TEST_CASE("start and stop: of two data folders with one name, the second is told of by its path") {
  RealAgent agent;
  TemporaryFolder folder;
  test::write_file(folder / "file", "kept");
  agent.json({"init", folder.path(), "--name", "desk", "--wait"});
  REQUIRE(agent.ctl({"stop"}).status == 0);
  const std::string repositories = agent.home() + "/repositories";
  const fs::path data = fs::directory_iterator(repositories)->path();
  fs::copy(data, repositories + "/zz-copy", fs::copy_options::recursive);
  const test::CommandResult status = agent.ctl({"status"});
  CAPTURE(status.out);
  CHECK(status.status == 3);
  CHECK(status.out.find(repositories + "/zz-copy/repository.toml") != std::string::npos);
  CHECK(status.out.find(data.string()) != std::string::npos);
  CHECK(agent.ctl({"cat", "HEAD:file", "-r", "desk"}).out == "kept");
  test::write_file(folder / "file", "later");
  CHECK(agent.ctl({"commit", "-r", "desk"}).status == 0);
  CHECK(agent.ctl({"cat", "HEAD:file", "-r", "desk"}).out == "later");
}
