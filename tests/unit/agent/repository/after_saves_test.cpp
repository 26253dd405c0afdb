// SPDX-License-Identifier: Apache-2.0
// Tests of agent/repository/after_saves.
#include "agent/repository/after_saves.hpp"

#include <catch2/catch.hpp>

#include "core/history/repository.hpp"
#include "tests/support/part_stage.hpp"
#include "tests/support/workshop.hpp"

using namespace vcs;
using agent::repository::AfterSaves;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

struct Stage : test::PartStage {
  Stage() {
    workshop.save("file", "content");
    workshop.snap();
  }
  test::Workshop workshop;
  int judged = 0;
  AfterSaves after_saves{context,
                         {std::shared_ptr<void>(), &workshop.repository()},
                         [this](const auto&) { ++judged; }};
};

}  // namespace

TEST_CASE("after saves: a second after the first of them, once for all that came meanwhile") {
  Stage stage;
  stage.after_saves.soon();
  stage.loop.advance(milliseconds(900));
  stage.after_saves.soon();
  CHECK(stage.judged == 0);
  stage.loop.advance(milliseconds(100));
  CHECK(stage.judged == 1);
  CHECK(stage.loop.in_background() == 1);
  CHECK(stage.loop.timers() == 0);
  stage.work_all();
  CHECK(stage.errands.is_idle());
}

TEST_CASE("after saves: while the graph is catching up, there is one more time afterwards") {
  Stage stage;
  stage.after_saves.soon();
  stage.loop.advance(seconds(1));
  stage.after_saves.soon();
  stage.loop.advance(seconds(1));
  CHECK(stage.judged == 2);
  CHECK(stage.loop.in_background() == 1);
  stage.work_all();
  stage.loop.advance(seconds(1));
  CHECK(stage.judged == 3);
  CHECK(stage.loop.in_background() == 1);
  stage.work_all();
  CHECK(stage.loop.timers() == 0);
}

TEST_CASE("after saves: once stopped it begins nothing, and what it began ends soon") {
  Stage stage;
  stage.after_saves.soon();
  stage.loop.advance(seconds(1));
  stage.after_saves.soon();
  stage.after_saves.stop();
  CHECK(stage.loop.timers() == 0);
  stage.work_all();
  CHECK(stage.errands.is_idle());
}
