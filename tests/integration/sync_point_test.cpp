// SPDX-License-Identifier: Apache-2.0
// A commit has all that was written before `commit` or `status --wait`, although others go on
// writing, and also when the kernel drops events.
#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <memory>

#include "tests/support/must.hpp"
#include "tests/support/real_agent.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/test_rounds.hpp"
#include "tests/support/tree_model.hpp"
#include "tests/support/tree_writer.hpp"

namespace {

using namespace vcs;
using test::must;
using test::RealAgent;
using test::SeededRandom;
using test::TemporaryFolder;
using test::TreeModel;
using test::TreeWriter;
namespace fs = std::filesystem;

constexpr int kWriters = 3;
constexpr const char* kQueueLimit = "/proc/sys/fs/inotify/max_queued_events";

// While it lives, new inotify queues hold this many events.
class QueueLimit {
 public:
  explicit QueueLimit(int events) {
    std::ifstream(kQueueLimit) >> before_;
    set(events);
  }
  ~QueueLimit() { set(before_); }

 private:
  static void set(int events) { std::ofstream(kQueueLimit) << events << std::flush; }
  int before_ = 16384;
};

struct Yard {
  // Writers first: they are forked while this process has one thread.
  TemporaryFolder folder, outside;
  std::vector<std::unique_ptr<TreeWriter>> writers;
  RealAgent agent;
  std::unique_ptr<ipc::Client> client;
  SeededRandom random{test::test_seed()};

  Yard() {
    for (int i = 0; i < kWriters; ++i) {
      const std::string name = "w" + std::to_string(i);
      fs::create_directory(folder / name);
      fs::create_directory(outside / name);
      writers.push_back(
          std::make_unique<TreeWriter>(folder / name, outside / name, test::test_seed() + i));
    }
    agent.start();
    agent.json({"init", folder.path(), "--name", "yard"});
    agent.json({"status", "--wait"});
    client = std::make_unique<ipc::Client>(test::connect_client(agent.home()));
  }

  // Asks for a commit in a random one of the possible ways; gives its id.
  std::string ask() {
    switch (random.below(20)) {
      case 0:
        return agent.json({"commit", "-r", "yard"})["id"];
      case 1:
        return agent.json({"status", "--wait"})["repositories"][0]["head"];
      default:
        break;
    }
    if (random.one_in(2)) return must(client->call<ipc::Commit>({"yard", "", false})).id;
    return must(client->call<ipc::Status>({"yard", true})).repositories.at(0).head;
  }

  // Lets all write, waits until some rest, and asks while the others go on.
  void round() {
    for (const auto& writer : writers)
      if (writer->rests()) writer->begin(static_cast<std::uint32_t>(1 + random.below(40)));
    for (std::size_t waits = 1 + random.below(writers.size()); waits > 0; --waits)
      writers[random.below(writers.size())]->wait();
    std::map<std::string, TreeModel> resting;
    for (const auto& writer : writers)
      if (writer->rests())
        resting[fs::path(writer->folder()).filename()] = test::model_of_folder(writer->folder());
    const std::string commit = ask();
    for (const auto& [name, model] : resting) {
      const std::string difference =
          test::difference(model, test::model_of_commit(*client, "yard", commit, name));
      CAPTURE(name, commit);
      REQUIRE(difference == "");
    }
  }

  void run(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      CAPTURE(i, count, test::test_seed());
      round();
    }
    for (const auto& writer : writers) writer->wait();
    agent.json({"commit", "-r", "yard"});
    // A full scan finds nothing that was missed.
    CHECK(agent.json({"commit", "--full", "-r", "yard"})["created"] == false);
    CHECK(agent.json({"verify", "--read-data", "-r", "yard"})["errors"].empty());
  }
};

}  // namespace

TEST_CASE("sync point: everything written before the call is in the commit, whoever writes on") {
  Yard yard;
  yard.run(test::test_rounds(60));
  CHECK(yard.agent.repository()["watches"]["lost_events"] == 0);
}

TEST_CASE("sync point: it holds while the kernel drops events", "[alone]") {
  if (access(kQueueLimit, W_OK) != 0) {
    WARN("skipped: only root can shorten the kernel's queue of events");
    return;
  }
  auto limit = std::make_unique<QueueLimit>(4);
  Yard yard;
  limit = nullptr;
  yard.run(test::test_rounds(15));
  const auto lost = yard.agent.repository()["watches"]["lost_events"].get<int>();
  CHECK(lost > 0);
  if (test::rounds_are_given()) WARN("queues that overflowed: " << lost);
}
