// SPDX-License-Identifier: Apache-2.0
// Interrupted clones: files that are not written yet never count as deleted, here or at the remote,
// and the same command continues.
#include <fmt/format.h>
#include <signal.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <thread>

#include "tests/support/desk.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/own_mounts.hpp"
#include "tests/support/seeded_random.hpp"

namespace {

using namespace vcs;
using test::CommandResult;
using test::read_file;
using test::TemporaryFolder;
using test::write_file;
namespace fs = std::filesystem;

constexpr int kFolders = 8, kFilesOfFolder = 40;

std::string listing(const std::string& folder) {
  return test::run_program({"sh", "-c", "find . -type f | sort | xargs sha256sum"}, folder).out;
}

std::string noise(std::size_t size, std::uint64_t seed) {
  test::SeededRandom random(seed);
  std::string bytes(size, 0);
  random.fill({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
  return bytes;
}

// A remote with a history, and a second agent that clones it.
struct Clones {
  TemporaryFolder remote, place;
  std::string full;
  test::RealAgent agent;

  Clones() {
    test::Desk desk;
    std::uint64_t seed = 1;
    for (int d = 0; d < kFolders; ++d) {
      const std::string folder = desk.folder / fmt::format("d{}", d);
      fs::create_directory(folder);
      for (int f = 0; f < kFilesOfFolder; ++f)
        write_file(folder + "/" + std::to_string(f), noise(20'000, seed++));
    }
    desk.watch();
    full = listing(desk.folder.path());
    desk.agent.json({"remote", "add", "disk", remote / "store", "-r", "desk"});
    REQUIRE(desk.agent.ctl({"sync", "--wait"}).status == 0);
    agent.start();
  }

  std::string url() const { return remote / "store"; }
  std::string folder() const { return place / "clone"; }
  CommandResult clone() const { return agent.ctl({"clone", url(), folder(), "--name", "clone"}); }
  std::size_t files_of_head() const {
    return agent.json({"ls", "-R", "HEAD", "-r", "clone"}).size();
  }
  static constexpr std::size_t kEntries = kFolders * (kFilesOfFolder + 1);

  // Checks that no commit, here or at the remote, counts anything as deleted.
  void check_nothing_was_deleted() const {
    agent.ctl({"commit", "--full", "-r", "clone"});
    CHECK(files_of_head() >= kEntries);
    agent.ctl({"sync", "--wait", "-r", "clone"});
    TemporaryFolder again;
    test::RealAgent other;
    other.start();
    CHECK(other.ctl({"clone", url(), again / "all"}).status == 0);
    for (int d = 0; d < kFolders; ++d)
      CHECK(fs::exists(again / fmt::format("all/d{}/{}", d, kFilesOfFolder - 1)));
  }
};

}  // namespace

TEST_CASE("clone: a full disk owes the rest, says so, and deletes nothing anywhere") {
  if (!test::has_own_mounts()) return;
  Clones clones;
  fs::create_directory(clones.folder());
  auto small = std::make_unique<test::Mount>("none", clones.folder(), "tmpfs", 0, "size=2m");
  const CommandResult cut = clones.clone();
  CHECK(cut.status == 1);
  CHECK(cut.out.find("vcsctl owed") != std::string::npos);
  clones.check_nothing_was_deleted();
  const CommandResult status = clones.agent.ctl({"status"});
  CHECK(status.status == 3);
  CHECK(status.out.find("not written yet") != std::string::npos);
  CHECK(clones.agent.repository("clone")["owed"]["entries"].get<int>() > 0);
  CHECK(clones.agent.ctl({"owed", "-r", "clone"}).status == 3);

  // Removing a file that was written is a deletion.
  fs::remove(clones.folder() + "/d0/0");
  clones.agent.json({"commit", "-r", "clone"});
  CHECK(clones.agent.ctl({"cat", "HEAD:d0/0", "-r", "clone"}).status != 0);

  const CommandResult again =
      test::run_program({"mount", "-o", "remount,size=60m", clones.folder()});
  REQUIRE(again.status == 0);
  SECTION("by the command for it") {
    CHECK(clones.agent.ctl({"owed", "--write", "-r", "clone"}).status == 0);
  }
  SECTION("by the same clone again") {
    CHECK(clones.clone().status == 0);
  }
  CHECK(clones.agent.ctl({"owed", "-r", "clone"}).status == 0);
  CHECK_FALSE(fs::exists(clones.folder() + "/d0/0"));
  const std::string written = listing(clones.folder());
  CHECK(clones.full.find(written.substr(0, written.find('\n'))) != std::string::npos);
  CHECK(std::count(written.begin(), written.end(), '\n') == kFolders * kFilesOfFolder - 1);
  clones.agent.ctl({"stop"});
}

TEST_CASE("clone: what is owed can be given up, and counts as deleted then") {
  if (!test::has_own_mounts()) return;
  Clones clones;
  fs::create_directory(clones.folder());
  test::Mount small("none", clones.folder(), "tmpfs", 0, "size=2m");
  REQUIRE(clones.clone().status == 1);
  CHECK(clones.agent.ctl({"owed", "--give-up", "-r", "clone"}).status == 0);
  clones.agent.json({"commit", "--full", "-r", "clone"});
  CHECK(clones.files_of_head() < Clones::kEntries);
  CHECK(clones.agent.ctl({"owed", "--write", "-r", "clone"}).status == 1);
  clones.agent.ctl({"stop"});
}

TEST_CASE(
    "clone: killed at any moment, with its agent or without, it is finished by the same again") {
  Clones clones;
  for (int round = 0; round < 4; ++round) {
    const bool with_agent = round % 2 == 0;
    std::thread person([&] { clones.clone(); });
    // Interrupts the fetch in the first rounds, and the writing of files in the others.
    test::eventually([&] {
      return round < 2 ? fs::exists(clones.folder())
                       : fs::exists(clones.folder() + fmt::format("/d{}", round));
    });
    if (with_agent) clones.agent.stop(SIGKILL);
    person.join();
    if (with_agent) clones.agent.start();
    const auto known = clones.agent.json({"repo", "list"})["repositories"];
    if (!known.empty()) {
      clones.agent.ctl({"status", "--wait"});
      CHECK(clones.files_of_head() == Clones::kEntries);
    }
  }
  const CommandResult done = clones.clone();
  const auto known = clones.agent.json({"repo", "list"})["repositories"];
  REQUIRE(known.size() == 1);
  CHECK(done.status == 0);
  // A person whose clone was cut off does not know that it is finished, and runs it once more.
  const CommandResult again = clones.clone();
  CHECK(again.status == 0);
  CHECK(again.out.find("nothing of it is missing") != std::string::npos);
  CHECK(listing(clones.folder()) == clones.full);
  CHECK(clones.agent.ctl({"owed", "-r", "clone"}).status == 0);
  // No attempt has left what it fetched. One that was killed before it set its mark leaves an empty
  // folder: the agent keeps it, because a disk may be mounted there at other times.
  const fs::path own = std::string(known[0]["data"]);
  for (const auto& entry : fs::directory_iterator(own.parent_path())) {
    CAPTURE(own, entry.path(), listing(entry.path()));
    CHECK((!entry.is_directory() || entry.path() == own || fs::is_empty(entry.path())));
  }
}

TEST_CASE("clone: one that was cut off goes on as it is asked the second time") {
  Clones clones;
  std::thread person([&] { clones.clone(); });
  test::eventually([&] { return fs::exists(clones.folder() + "/d1"); });
  clones.agent.stop(SIGKILL);
  person.join();
  clones.agent.start();
  const auto again = [&](const std::vector<std::string>& options) {
    std::vector<std::string> words{"clone", clones.url(), clones.folder(), "--name", "clone"};
    words.insert(words.end(), options.begin(), options.end());
    return clones.agent.ctl(words);
  };
  const CommandResult unknown = again({"--head", "nobody"});
  CHECK(unknown.status == 1);
  CHECK(unknown.err.find("nobody") != std::string::npos);
  const CommandResult done = again({"--no-push"});
  CAPTURE(done.out, done.err);
  REQUIRE(done.status == 0);
  // The killed agent's temporary files are too young to be swept: another agent might own them.
  test::run_program({"find", clones.folder(), "-name", ".vcsd-*.tmp", "-delete"});
  CHECK(listing(clones.folder()) == clones.full);
  // A clone with --no-push sends nothing that is saved here.
  write_file(clones.folder() + "/later", "x");
  const auto saved = clones.agent.json({"commit", "-r", "clone"})["id"];
  clones.agent.ctl({"sync", "--wait", "-r", "clone"});
  const auto heads = clones.agent.json({"remote", "heads", clones.url()})["heads"];
  REQUIRE_FALSE(heads.empty());
  for (const auto& head : heads) CHECK(head["commit"] != saved);
}
