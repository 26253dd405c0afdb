// SPDX-License-Identifier: Apache-2.0
// The watcher against the disk itself: in whatever order things happen, a reported change covers
// each difference between two listings.
#ifdef __linux__
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "tests/support/busy_hands.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/test_rounds.hpp"
#include "tests/support/watch_stage.hpp"

using namespace vcs;
namespace fs = std::filesystem;

namespace {

// The content of each file below `root`; "" for everything else.
std::map<std::string, std::string> look(const std::string& root) {
  std::map<std::string, std::string> seen;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    std::string& what = seen[fs::relative(entry.path(), root)];
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path());
    what.assign(std::istreambuf_iterator<char>(file), {});
  }
  return seen;
}

void work(bool binds, bool memory, std::uint64_t seed) {
  test::SeededRandom random(seed);
  test::WatchStage stage;
  test::BusyHands hands(stage.root, stage.outside, random);
  hands.binds(binds);
  hands.mounts_memory(memory);
  stage.start();
  auto before = look(stage.root);
  const std::uint64_t rounds = test::test_rounds(2500);
  for (std::uint64_t done = 0; done < rounds;) {
    CAPTURE(seed, done);
    // With any delay: the watcher reads events while more happens, or after all has happened.
    for (std::uint64_t many = 1 + random.below(60); many > 0; --many, ++done) hands.move();
    for (const bool again : {false, true}) {
      if (again) hands.save_everywhere();
      const auto told = stage.settled();
      const auto now = look(stage.root);
      for (const auto& [path, what] : now) {
        const auto known = before.find(path);
        if (known != before.end() && known->second == what) continue;
        CAPTURE(path, again);
        REQUIRE(test::covers(told, path));
      }
      for (const auto& [path, what] : before) {
        CAPTURE(path, again);
        if (!now.contains(path)) REQUIRE(test::covers(told, path));
      }
      before = now;
    }
  }
  hands.unmount_all();
}

}  // namespace

TEST_CASE("watch model: whatever is renamed and exchanged, each save is told") {
  work(false, false, test::test_seed());
}

TEST_CASE("watch model: with folders that are bound at two places") {
  if (test::has_own_mounts()) work(true, false, test::test_seed());
}

TEST_CASE("watch model: with filesystems that come and go on any folder") {
  if (test::has_own_mounts()) work(true, true, test::test_seed());
}

#endif
