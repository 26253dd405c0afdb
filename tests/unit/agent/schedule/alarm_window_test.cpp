// SPDX-License-Identifier: Apache-2.0
// Tests of agent/schedule/alarm_window: when a comparison is due.
#include "agent/schedule/alarm_window.hpp"

#include <catch2/catch.hpp>

using namespace vcs;
using agent::schedule::AlarmWindow;
using object::ObjectId;
using Looks = std::vector<AlarmWindow::Look>;

namespace {

ObjectId commit(std::uint8_t number) {
  ObjectId id;
  id.bytes[0] = number;
  return id;
}

constexpr base::SteadyNanos kStart{};
constexpr base::Nanos kMinute = std::chrono::minutes(1);
constexpr base::Nanos kTick(1);

// Adds the commit after `parent`. If a comparison is due now, gives the commit it starts from.
std::optional<ObjectId> add(AlarmWindow& window, std::uint8_t parent,
                            const object::ChangeCounts& changed, base::SteadyNanos now) {
  const auto made = static_cast<std::uint8_t>(parent + 1);
  window.add(commit(parent), commit(made), changed, now);
  const Looks looks = window.take_due();
  if (looks.empty()) return std::nullopt;
  REQUIRE(looks.size() == 1);
  REQUIRE(looks.front().after == commit(made));
  return looks.front().before;
}

}  // namespace

TEST_CASE("alarm window: ordinary saves ask for nothing") {
  AlarmWindow window;
  for (std::uint8_t i = 0; i < 250; ++i)
    CHECK_FALSE(add(window, i, {1000, 1, 1}, kStart + i * kMinute));
}

TEST_CASE("alarm window: many small steps are one large one") {
  AlarmWindow window;
  for (std::uint8_t i = 0; i < 4; ++i) CHECK_FALSE(add(window, i, {0, 5, 5}, kStart));
  CHECK(add(window, 4, {0, 0, 10}, kStart) == commit(0));
  // The next comparison is due after 50 more changes.
  CHECK_FALSE(add(window, 5, {0, 49, 0}, kStart + kTick));
  CHECK(add(window, 6, {0, 1, 0}, kStart + kTick) == commit(0));
}

TEST_CASE("alarm window: looks that nobody has taken yet become one, of all that they were for") {
  AlarmWindow window;
  CHECK(window.take_due().empty());
  for (std::uint8_t i = 0; i < 100; ++i)
    window.add(commit(i), commit(i + 1), {0, 5, 0}, kStart + i * kTick);
  // Due at 50, 100, … 250 changes, then after each growth by a quarter: 315, 395, 495.
  const Looks looks = window.take_due();
  REQUIRE(looks.size() == 1);
  CHECK(looks.front().before == commit(0));
  CHECK(looks.front().after == commit(99));
  CHECK(window.take_due().empty());
  // After 1000 compared changes the window starts anew.
  window.add(commit(100), commit(101), {0, 900, 0}, kStart + 101 * kTick);
  window.add(commit(101), commit(102), {0, 60, 0}, kStart + 102 * kTick);
  CHECK(window.take_due() == Looks{{commit(0), commit(101)}, {commit(101), commit(102)}});
}

TEST_CASE("alarm window: what is older than ten minutes is another story") {
  AlarmWindow window;
  CHECK_FALSE(add(window, 0, {0, 49, 0}, kStart));
  CHECK_FALSE(add(window, 1, {0, 49, 0}, kStart + 11 * kMinute));
  CHECK(add(window, 2, {0, 1, 0}, kStart + 20 * kMinute) == commit(1));
}

TEST_CASE("alarm window: after a look at very much, what is new stands alone") {
  AlarmWindow window;
  CHECK(add(window, 0, {0, 5000, 0}, kStart) == commit(0));
  CHECK_FALSE(add(window, 1, {0, 49, 0}, kStart + kTick));
  CHECK(add(window, 2, {0, 1, 0}, kStart + 2 * kTick) == commit(1));
}

TEST_CASE("alarm window: while the brake is set, all is compared with what was well") {
  AlarmWindow window;
  CHECK(add(window, 0, {0, 0, 60}, kStart) == commit(0));
  window.pin(commit(9));
  CHECK(add(window, 1, {0, 0, 60}, kStart + 60 * kMinute) == commit(9));
  window.reset();
  CHECK_FALSE(add(window, 2, {0, 0, 49}, kStart + 60 * kMinute));
  CHECK(add(window, 3, {0, 0, 1}, kStart + 60 * kMinute) == commit(2));
}
