// SPDX-License-Identifier: Apache-2.0
// Tests of agent/loop/latest_write.
#include "agent/loop/latest_write.hpp"

#include <catch2/catch.hpp>
#include <vector>

#include "tests/support/manual_clock.hpp"
#include "tests/support/manual_loop.hpp"

using namespace vcs;
using base::Result;

namespace {

struct Stage {
  test::ManualClock clock;
  test::ManualLoop loop{clock};
  agent::loop::Errands errands{loop};
  std::vector<int> on_disk;
  bool fails = false;
  int failures = 0;
  agent::loop::LatestWrite<int> file{errands,
                                     [this](const int& state) -> Result<void> {
                                       if (fails) return base::fail(base::ErrorCode::io, "broken");
                                       on_disk.push_back(state);
                                       return {};
                                     },
                                     [this](const Result<void>& written) { failures += !written; }};
};

using States = std::vector<int>;

}  // namespace

TEST_CASE("latest write: one at a time, and the last state last") {
  Stage stage;
  for (int state = 1; state <= 5; ++state) stage.file.write(state);
  CHECK(stage.loop.in_background() == 1);
  while (stage.loop.work_once()) CHECK(stage.loop.in_background() <= 1);
  CHECK(stage.on_disk == States{1, 5});
  stage.file.write(6);
  while (stage.loop.work_once()) continue;
  CHECK(stage.on_disk == States{1, 5, 6});
}

TEST_CASE("latest write: who waits for a state is called when it, or a later one, is on the disk") {
  Stage stage;
  std::vector<States> seen;
  const auto look = [&] { seen.push_back(stage.on_disk); };
  stage.file.write(1, look);
  stage.file.write(2, look);
  stage.file.write(3);
  CHECK(stage.file.is_writing());
  CHECK(seen.empty());
  while (stage.loop.work_once()) continue;
  CHECK(seen == std::vector<States>{{1}, {1, 3}});
  CHECK_FALSE(stage.file.is_writing());
  stage.fails = true;
  stage.file.write(4, look);
  while (stage.loop.work_once()) continue;
  CHECK(seen.size() == 3);
}

TEST_CASE("latest write: a failure is told, and the next state is written all the same") {
  Stage stage;
  stage.fails = true;
  stage.file.write(1);
  while (stage.loop.work_once()) continue;
  CHECK(stage.failures == 1);
  stage.fails = false;
  stage.file.write(2);
  while (stage.loop.work_once()) continue;
  CHECK(stage.on_disk == States{2});
  CHECK(stage.failures == 1);
}
