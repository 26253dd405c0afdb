// SPDX-License-Identifier: Apache-2.0
// Folders are renamed, exchanged, bind-mounted elsewhere and covered by mounts at any moment: each
// commit equals the disk, without help from audits.
#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/busy_hands.hpp"
#include "tests/support/desk.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/test_rounds.hpp"
#include "tests/support/tree_model.hpp"

namespace {

using namespace vcs;
using test::Desk;
using test::TreeModel;

constexpr const char* kNoAudits = "[repository.desk.watch]\naudit_interval = \"365d\"\n";

bool lies_in(const std::string& path, const std::vector<std::string>& places) {
  return std::any_of(places.begin(), places.end(), [&](const std::string& place) {
    return path == place || path.starts_with(place + "/");
  });
}

// True: `path` is, or lies below, a folder that was removed but is still bind-mounted elsewhere.
// Nobody can list it, so the agent keeps its files and says so. It may lie at another path than
// where it was bound, because folders above it are renamed.
bool is_dead(const std::string& root, const std::string& path) {
  for (std::size_t end = 0; end != std::string::npos;) {
    end = path.find('/', end + 1);
    struct stat stat {};
    if (lstat((root + "/" + path.substr(0, end)).c_str(), &stat) != 0) return false;
    if (S_ISDIR(stat.st_mode) && stat.st_nlink == 0) return true;
  }
  return false;
}

// Adds the paths where the agent says that something is, or was, mounted.
void add_mounts(Desk& desk, std::vector<std::string>& places) {
  const auto told = nlohmann::json::parse(desk.agent.ctl({"mounts", "--json"}).out);
  for (const auto& mount : told["mounts"]) places.push_back(mount["path"]);
}

// Files below a path where something was ever mounted may exist and be hidden.
void check(Desk& desk, const std::string& commit, std::vector<std::string> mount_points) {
  TreeModel disk = test::model_of_folder(desk.folder.path());
  TreeModel kept = test::model_of_commit(desk.client(), Desk::kName, commit);
  if (!mount_points.empty()) {
    add_mounts(desk, mount_points);
    const std::string root = desk.folder.path();
    std::erase_if(disk, [&](const auto& entry) { return is_dead(root, entry.first); });
    std::erase_if(kept, [&](const auto& entry) {
      if (is_dead(root, entry.first)) return true;
      return !disk.contains(entry.first) && lies_in(entry.first, mount_points);
    });
  }
  REQUIRE(test::difference(disk, kept) == "");
}

void work(bool mounts) {
  const std::uint64_t seed = test::test_seed();
  test::SeededRandom random(seed);
  test::TemporaryFolder outside;
  Desk desk(kNoAudits);
  desk.watch();
  test::BusyHands hands(desk.folder.path(), outside.path(), random);
  hands.binds(mounts);
  const std::uint64_t rounds = test::test_rounds(600);
  for (std::uint64_t done = 0; done < rounds;) {
    CAPTURE(seed, done);
    for (std::uint64_t many = 1 + random.below(40); many > 0; --many, ++done) hands.move();
    check(desk, random.one_in(2) ? desk.commit() : desk.wait(), hands.mount_points());
    hands.save_everywhere();
    check(desk, desk.commit(), hands.mount_points());
  }
  hands.unmount_all();
  check(desk, desk.commit(), hands.mount_points());
  CHECK(desk.agent.repository(Desk::kName)["last_audit"]["drift"] == 0);
}

}  // namespace

TEST_CASE("changing folders: whatever is renamed and exchanged, the commit is as the disk is") {
  work(false);
}

TEST_CASE("changing folders: with folders that are bound at two places") {
  if (test::has_own_mounts()) work(true);
}

TEST_CASE("changing folders: two that change places in one step are both watched on") {
  Desk desk(kNoAudits);
  namespace fs = std::filesystem;
  for (const std::string name : {"blue/sub", "green/sub", "deep/er/green"})
    fs::create_directories(desk.folder / name);
  desk.watch();
  test::SeededRandom random(1);
  test::TemporaryFolder outside;
  test::BusyHands hands(desk.folder.path(), outside.path(), random);
  for (const std::string other : {"green", "deep/er/green", "deep/er"}) {
    REQUIRE(hands.exchange("blue", other));
    hands.save_everywhere();
    check(desk, desk.commit(), {});
    hands.save_everywhere();
    check(desk, desk.commit(), {});
  }
}
