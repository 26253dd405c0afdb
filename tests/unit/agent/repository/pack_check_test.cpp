// SPDX-License-Identifier: Apache-2.0
// Tests of agent/repository/pack_check.
#include "agent/repository/pack_check.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "core/history/repository.hpp"
#include "tests/support/part_stage.hpp"
#include "tests/support/workshop.hpp"

using namespace vcs;
using agent::repository::PackCheck;
using std::chrono::seconds;
namespace fs = std::filesystem;

namespace {

struct Stage : test::PartStage {
  Stage() {
    workshop.save("file", "content");
    workshop.snap();
  }
  // The workshop outlives the check.
  std::shared_ptr<history::Repository> history() {
    return {std::shared_ptr<void>(), &workshop.repository()};
  }
  std::string pack() const { return workshop.data() + "/packs/00000001.pack"; }
  void look() {
    check.look_soon();
    pass(seconds(2));
  }

  std::size_t pack_count() const {
    const fs::directory_iterator packs(workshop.data() + "/packs");
    return static_cast<std::size_t>(std::count_if(begin(packs), end(packs), [](const auto& entry) {
      return entry.path().extension() == ".pack";
    }));
  }

  // Each save makes a pack of its own.
  test::Workshop workshop{[] {
    test::WorkshopOptions options;
    options.seal_at = 1;
    return options;
  }()};
  PackCheck check{context, test::must(filesystem.open_directory(workshop.data())), history()};
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("pack check: a pack that is gone is told once, and until it is back") {
  Stage stage;
  stage.look();
  CHECK(stage.check.missing_packs().empty());
  CHECK(stage.check.head_damage().empty());
  CHECK(stage.told.empty());

  fs::rename(stage.pack(), stage.pack() + ".aside");
  stage.look();
  CHECK(stage.check.missing_packs() == Names{"00000001.pack"});
  REQUIRE(stage.told.size() == 1);
  CHECK(stage.told.front().starts_with("problem: the pack 00000001.pack is gone"));
  stage.look();
  CHECK(stage.told.size() == 1);

  fs::rename(stage.pack() + ".aside", stage.pack());
  stage.look();
  CHECK(stage.check.missing_packs().empty());
}

TEST_CASE("pack check: those who ask within two seconds share one look") {
  Stage stage;
  for (int asked = 0; asked < 10; ++asked) stage.check.look_soon();
  stage.loop.advance(seconds(2));
  CHECK(stage.loop.in_background() == 1);
  stage.work_all();
  CHECK(stage.loop.timers() == 0);
  stage.check.look_soon();
  stage.check.stop();
  CHECK(stage.loop.timers() == 0);
}

TEST_CASE("pack check: what the last save lacks is told from the start on, until it is there") {
  Stage stage;
  stage.workshop.save("other", "content of another pack");
  stage.workshop.snap();
  REQUIRE(stage.pack_count() > 1);
  stage.workshop.close();
  fs::rename(stage.pack(), stage.workshop.data() + "/aside");
  test::must(stage.workshop.reopen());
  const auto started = [&] {
    return std::make_unique<PackCheck>(
        stage.context, test::must(stage.filesystem.open_directory(stage.workshop.data())),
        stage.history());
  };
  auto check = started();
  check->look_soon();
  stage.pass(seconds(2));
  CHECK(check->head_damage().find("including 'file'") != std::string::npos);

  stage.workshop.close();
  fs::rename(stage.workshop.data() + "/aside", stage.pack());
  test::must(stage.workshop.reopen());
  check = started();
  check->look_soon();
  stage.pass(seconds(2));
  CHECK(check->head_damage().empty());
}
