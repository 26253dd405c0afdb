// SPDX-License-Identifier: Apache-2.0
// Tests of agent/schedule/poll_pause: long scans are made less often than configured.
#include "agent/schedule/poll_pause.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using vcs::agent::schedule::poll_pause;

TEST_CASE("poll pause: as configured, while looking is quick") {
  CHECK(poll_pause(30s, 0ns) == 30s);
  CHECK(poll_pause(30s, 3s) == 30s);
  CHECK(poll_pause(24h, 1min) == 24h);
}

TEST_CASE("poll pause: looks that take long take a tenth of the time, until that is too rarely") {
  CHECK(poll_pause(30s, 6s) == 60s);
  CHECK(poll_pause(30s, 30s) == 5min);
  CHECK(poll_pause(30s, 2h) == 5min);
}
