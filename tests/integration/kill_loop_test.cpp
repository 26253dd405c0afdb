// SPDX-License-Identifier: Apache-2.0
// Kills the agent under load at any moment, again and again: all that it acknowledged is there.
#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <set>
#include <thread>

#include "core/object/hasher.hpp"
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

// An acknowledged commit, and the content of a folder that only the person writes to.
struct Acknowledged {
  std::string id;
  TreeModel ledger;
};

// Saves and asks for a commit, until the agent is gone.
class Person {
 public:
  Person(const std::string& home, std::string ledger, std::uint64_t seed)
      : client_(test::connect_client(home)), ledger_(std::move(ledger)), random_(seed) {}

  void run(std::vector<Acknowledged>& acknowledged) {
    for (;;) {
      save();
      TreeModel model = test::model_of_folder(ledger_);
      const auto commit = client_.call<ipc::Commit>({"ledger", "", false});
      if (!commit) return;
      acknowledged.push_back({commit->id, std::move(model)});
    }
  }

 private:
  void save() {
    std::string bytes(random_.below(20'000), '\0');
    random_.fill({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
    test::write_file(ledger_ + "/page" + std::to_string(random_.below(20)), bytes);
    if (random_.one_in(5)) fs::remove(ledger_ + "/page" + std::to_string(random_.below(20)));
  }

  ipc::Client client_;
  std::string ledger_;
  SeededRandom random_;
};

struct Office {
  TemporaryFolder folder, outside, remote;
  std::unique_ptr<TreeWriter> writer;                 // made before any thread
  RealAgent agent{"[core]\npack_size = \"1MiB\"\n"};  // so that packs are sealed all the time
  SeededRandom random{test::test_seed()};
  std::vector<Acknowledged> acknowledged;
  int answering = 0;  // kills after at least one answer

  Office() {
    for (const char* name : {"ledger", "others"}) fs::create_directory(folder / name);
    writer =
        std::make_unique<TreeWriter>(folder / "others", outside.path(), random.below(1u << 31));
    agent.start();
    agent.json({"init", folder.path(), "--name", "ledger"});
    agent.json({"remote", "add", "copy", "file://" + remote.path() + "/store", "-r", "ledger"});
  }

  // Kills the agent at a random moment of its life or of its start.
  void live_and_die() {
    if (random.one_in(4)) {
      agent.stop(SIGKILL);
      agent.launch();
      usleep(static_cast<useconds_t>(random.below(40'000)));
      agent.stop(SIGKILL);
      return;
    }
    if (writer->rests()) writer->begin(static_cast<std::uint32_t>(random.below(400)));
    const std::size_t before = acknowledged.size();
    Person person(agent.home(), folder / "ledger", random.below(1u << 31));
    std::thread life([&] { person.run(acknowledged); });
    usleep(static_cast<useconds_t>(random.below(250'000)));
    agent.stop(SIGKILL);
    life.join();
    answering += acknowledged.size() > before;
  }

  // Every acknowledged commit is in the history, and a few of them have the content they had.
  void check_what_was_acknowledged() {
    agent.start();
    ipc::Client client = test::connect_client(agent.home());
    std::set<std::string> known;
    ipc::LogRequest log;
    log.repository = "ledger";
    must(client.stream<ipc::Log>(
        log, [&](const ipc::CommitInfo& commit) { return known.insert(commit.id).second; }));
    for (const Acknowledged& commit : acknowledged) {
      CAPTURE(commit.id);
      REQUIRE(known.contains(commit.id));
    }
    for (int i = 0; i < 3 && !acknowledged.empty(); ++i)
      check(client, i == 0 ? acknowledged.back() : acknowledged[random.below(acknowledged.size())]);
  }

  void check(ipc::Client& client, const Acknowledged& commit) {
    CAPTURE(commit.id);
    REQUIRE(test::difference(commit.ledger,
                             test::model_of_commit(client, "ledger", commit.id, "ledger")) == "");
  }

  void restore_byte_for_byte(const Acknowledged& commit) {
    TemporaryFolder target;
    CAPTURE(commit.id);
    REQUIRE(agent.ctl({"restore", commit.id, "-r", "ledger", "--to", target.path()}).status == 0);
    REQUIRE(test::difference(commit.ledger, test::model_of_folder(target / "ledger")) == "");
  }

  void verify() {
    const auto verified = agent.json({"verify", "--read-data", "-r", "ledger"});
    CAPTURE(verified.dump());
    REQUIRE(verified["errors"].empty());
  }
};

}  // namespace

TEST_CASE("kill loop: nothing acknowledged is lost, whenever the agent dies") {
  const std::uint64_t rounds = test::test_rounds(12);
  Office office;
  for (std::uint64_t i = 0; i < rounds; ++i) {
    CAPTURE(i, rounds, test::test_seed());
    office.live_and_die();
    office.check_what_was_acknowledged();
    if (i % 25 == 24) office.verify();
  }
  REQUIRE(office.answering > 0);
  office.writer->wait();
  office.agent.json({"commit", "-r", "ledger"});
  ipc::Client client = test::connect_client(office.agent.home());
  CHECK(test::difference(test::model_of_folder(office.folder.path()),
                         test::model_of_commit(client, "ledger", "HEAD")) == "");
  const std::size_t count = office.acknowledged.size();
  for (std::size_t i = 0; i < 5; ++i)
    office.restore_byte_for_byte(office.acknowledged[count * i / 5]);
  office.verify();
  // Some pushes to the remote were cut off; in the end it has everything.
  office.agent.json({"sync", "--wait", "-r", "ledger"});
  RealAgent other;
  TemporaryFolder place;
  other.json({"clone", "file://" + office.remote.path() + "/store", place / "copy"});
  CHECK(test::difference(test::model_of_folder(office.folder.path()),
                         test::model_of_folder(place / "copy")) == "");
  if (test::rounds_are_given())
    WARN("killed " << rounds << " times, " << count << " commits acknowledged");
}
