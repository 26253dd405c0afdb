// SPDX-License-Identifier: Apache-2.0
// The agent is stopped for a while, as by a laptop's lid, or killed and started again by the next
// command: it finds what changed in the gap, and nobody has to clean up by hand.
#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <thread>

#include "tests/support/desk.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/test_rounds.hpp"
#include "tests/support/tree_writer.hpp"

namespace {

using namespace vcs;
using test::CommandResult;
using test::SeededRandom;
using test::TemporaryFolder;
using test::TreeWriter;
namespace fs = std::filesystem;

struct Lid : test::Desk {
  TemporaryFolder outside;
  std::unique_ptr<TreeWriter> writer;

  Lid() {
    fs::create_directory(folder / "w");
    writer = std::make_unique<TreeWriter>(folder / "w", outside.path(), test::test_seed());
  }
  void write(std::uint32_t operations) {
    writer->begin(operations);
    writer->wait();
  }
};

}  // namespace

TEST_CASE("suspend and kill: what was written while the agent was stopped is found") {
  Lid lid;
  lid.watch();
  for (std::uint64_t round = 0; round < test::test_rounds(3); ++round) {
    REQUIRE(kill(lid.agent.pid(), SIGSTOP) == 0);
    lid.write(200);
    // Every third time more events than the kernel's queue holds: each rename makes two.
    if (round % 3 == 2) {
      test::write_file(lid.folder / "here", std::to_string(round));
      for (int i = 0; i < 4500; ++i) {
        fs::rename(lid.folder / "here", lid.folder / "there");
        fs::rename(lid.folder / "there", lid.folder / "here");
      }
    }
    // A person asks while the agent is stopped.
    CommandResult asked;
    std::thread asking([&] { asked = lid.agent.ctl({"commit", "-r", "desk", "--json"}); });
    if (round % 2 == 0) usleep(50'000);
    REQUIRE(kill(lid.agent.pid(), SIGCONT) == 0);
    asking.join();
    CAPTURE(round, asked.err);
    REQUIRE(asked.status == 0);
    lid.require_all_in(nlohmann::json::parse(asked.out)["id"]);
  }
  CHECK(lid.agent.repository()["watches"]["lost_events"] > 0);
  CHECK(lid.agent.json({"commit", "--full", "-r", "desk"})["created"] == false);
}

TEST_CASE("suspend and kill: whoever asks next starts the agent, and nothing was missed") {
  Lid lid;
  SeededRandom random(test::test_seed());
  lid.agent.json({"init", lid.folder.path(), "--name", "desk"});
  for (std::uint64_t round = 0; round < test::test_rounds(3); ++round) {
    CAPTURE(round);
    // The agent runs in the background, as a person's agent does.
    const auto pid = lid.agent.json({"status"})["agent"]["pid"].get<pid_t>();
    std::thread writes([&] { lid.write(100); });
    usleep(static_cast<useconds_t>(random.below(100'000)));
    REQUIRE(kill(pid, SIGKILL) == 0);
    writes.join();
    lid.write(50);
    if (round % 2 == 0) {
      lid.require_all_in(lid.agent.json({"commit", "-r", "desk"})["id"]);
    } else {
      lid.agent.json({"status"});
      lid.settle();
    }
    CHECK(lid.agent.json({"status"})["agent"]["pid"].get<pid_t>() != pid);
  }
  CHECK(lid.agent.ctl({"doctor"}).status != 1);
  CHECK(lid.agent.json({"verify", "--read-data", "-r", "desk"})["errors"].empty());
  CHECK(lid.agent.ctl({"stop"}).status == 0);
}

TEST_CASE("suspend and kill: a client that dies in the middle of a request disturbs nobody") {
  Lid lid;
  lid.watch();
  SeededRandom random(test::test_seed());
  for (std::uint64_t round = 0; round < test::test_rounds(12); ++round) {
    lid.write(5);
    // timeout(1) kills it with SIGKILL.
    const std::string after = std::to_string(0.001 + static_cast<double>(random.below(20)) / 1000);
    test::run_program({"timeout", "-s", "KILL", after, test::program("vcsctl"),
                       round % 2 == 0 ? "commit" : "log", "-r", "desk", "--home",
                       lid.agent.home()});
  }
  lid.require_all_in(lid.agent.json({"commit", "-r", "desk"})["id"]);
}
