// The agent is stopped for a while, as by a laptop's lid, or killed and started again by whoever
// asks next: the gap is looked at, and nothing has to be cleaned up by hand.
#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <thread>

#include "tests/support/must.hpp"
#include "tests/support/real_agent.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/test_rounds.hpp"
#include "tests/support/tree_model.hpp"
#include "tests/support/tree_writer.hpp"

namespace {

using namespace vcs;
using test::CommandResult;
using test::RealAgent;
using test::SeededRandom;
using test::TemporaryFolder;
using test::TreeWriter;
namespace fs = std::filesystem;

struct Lid {
  TemporaryFolder folder, outside;
  std::unique_ptr<TreeWriter> writer;
  RealAgent agent;

  Lid() {
    fs::create_directory(folder / "w");
    writer = std::make_unique<TreeWriter>(folder / "w", outside.path(), test::test_seed());
  }
  void write(std::uint32_t operations) {
    writer->begin(operations);
    writer->wait();
  }
  void expect_all_in(const std::string& commit) {
    ipc::Client client = test::connect_client(agent.home());
    CAPTURE(test::test_seed());
    REQUIRE(test::difference(test::model_of_folder(folder.path()),
                             test::model_of_commit(client, "lid", commit)) == "");
  }
  void expect_by_itself() {
    ipc::Client client = test::connect_client(agent.home());
    std::string left = "?";
    for (int tries = 0; tries < 1500 && !left.empty(); ++tries, usleep(20'000))
      left = test::difference(test::model_of_folder(folder.path()),
                              test::model_of_commit(client, "lid", "HEAD"));
    REQUIRE(left == "");
  }
};

}  // namespace

TEST_CASE("suspend and kill: what was written while the agent was stopped is found") {
  Lid lid;
  lid.agent.start();
  lid.agent.json({"init", lid.folder.path(), "--name", "lid"});
  lid.agent.json({"status", "--wait"});
  for (std::uint64_t round = 0; round < test::test_rounds(3); ++round) {
    REQUIRE(kill(lid.agent.pid(), SIGSTOP) == 0);
    lid.write(200);
    // More than the kernel's queue holds, every third time: each rename is two events.
    if (round % 3 == 2) {
      test::write_file(lid.folder / "here", std::to_string(round));
      for (int i = 0; i < 4500; ++i) {
        fs::rename(lid.folder / "here", lid.folder / "there");
        fs::rename(lid.folder / "there", lid.folder / "here");
      }
    }
    // Somebody asks while nobody answers.
    CommandResult asked;
    std::thread asking([&] { asked = lid.agent.ctl({"commit", "-r", "lid", "--json"}); });
    if (round % 2 == 0) usleep(50'000);
    REQUIRE(kill(lid.agent.pid(), SIGCONT) == 0);
    asking.join();
    CAPTURE(round, asked.err);
    REQUIRE(asked.status == 0);
    lid.expect_all_in(nlohmann::json::parse(asked.out)["id"]);
  }
  CHECK(lid.agent.repository()["watches"]["lost_events"] > 0);
  CHECK(lid.agent.json({"commit", "--full", "-r", "lid"})["created"] == false);
}

TEST_CASE("suspend and kill: whoever asks next starts the agent, and nothing was missed") {
  Lid lid;
  SeededRandom random(test::test_seed());
  lid.agent.json({"init", lid.folder.path(), "--name", "lid"});
  for (std::uint64_t round = 0; round < test::test_rounds(3); ++round) {
    CAPTURE(round);
    // It runs in the background, as a person's does.
    const auto pid = lid.agent.json({"status"})["agent"]["pid"].get<pid_t>();
    std::thread writes([&] { lid.write(100); });
    usleep(static_cast<useconds_t>(random.below(100'000)));
    REQUIRE(kill(pid, SIGKILL) == 0);
    writes.join();
    lid.write(50);
    if (round % 2 == 0) {
      lid.expect_all_in(lid.agent.json({"commit", "-r", "lid"})["id"]);
    } else {
      lid.agent.json({"status"});
      lid.expect_by_itself();
    }
    CHECK(lid.agent.json({"status"})["agent"]["pid"].get<pid_t>() != pid);
  }
  CHECK(lid.agent.ctl({"doctor"}).status != 1);
  CHECK(lid.agent.json({"verify", "--read-data", "-r", "lid"})["errors"].empty());
  CHECK(lid.agent.ctl({"stop"}).status == 0);
}

TEST_CASE("suspend and kill: a client that dies in the middle of a request disturbs nobody") {
  Lid lid;
  lid.agent.start();
  lid.agent.json({"init", lid.folder.path(), "--name", "lid"});
  SeededRandom random(test::test_seed());
  for (std::uint64_t round = 0; round < test::test_rounds(12); ++round) {
    lid.write(5);
    // timeout(1) kills it with SIGKILL.
    const std::string after = std::to_string(0.001 + static_cast<double>(random.below(20)) / 1000);
    test::run_program({"timeout", "-s", "KILL", after, std::string(VCS_BINARY_DIR) + "/vcsctl",
                       round % 2 == 0 ? "commit" : "log", "-r", "lid", "--home", lid.agent.home()});
  }
  lid.expect_all_in(lid.agent.json({"commit", "-r", "lid"})["id"]);
}
