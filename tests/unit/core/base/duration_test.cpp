// SPDX-License-Identifier: Apache-2.0
// Tests of durations as text.
#include "core/base/duration.hpp"

#include <catch2/catch.hpp>
#include <limits>

#include "tests/support/seeded_random.hpp"

using namespace vcs::base;
using namespace std::chrono_literals;

TEST_CASE("duration: what people write is read") {
  CHECK(parse_duration("0").value() == 0ns);
  CHECK(parse_duration("500ms").value() == 500ms);
  CHECK(parse_duration("5s").value() == 5s);
  CHECK(parse_duration("2m").value() == 2min);
  CHECK(parse_duration("1h30m").value() == 90min);
  CHECK(parse_duration("7d").value() == 168h);
  CHECK(parse_duration("1d2h3m4s5ms6us7ns").value() == 26h + 3min + 4s + 5ms + 6us + 7ns);
}

TEST_CASE("duration: what is not one is refused with a hint") {
  for (const char* text : {"", "5", "s", "-5s", "5 s", "5x", "1.5s", "30m1h", "1s1s", "5s5",
                           "99999999999999999999s", "106752d", "1h 30m", "0x5s", "5S"}) {
    const auto parsed = parse_duration(text);
    INFO(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == ErrorCode::invalid);
    CHECK(parsed.error().message.find("500ms") != std::string::npos);
  }
}

TEST_CASE("duration: printed short") {
  CHECK(format_duration(0ns) == "0s");
  CHECK(format_duration(500ms) == "500ms");
  CHECK(format_duration(168h) == "7d");
  CHECK(format_duration(90s) == "90s");
  CHECK(format_duration(24h + 1ns) == "1d1ns");
}

TEST_CASE("duration: every printed one is read back") {
  vcs::test::SeededRandom random(vcs::test::test_seed());
  for (int i = 0; i < 2000; ++i) {
    const auto nanos = static_cast<std::int64_t>(random.next() >> (1 + random.below(63)));
    const std::chrono::nanoseconds duration(nanos);
    INFO(nanos);
    CHECK(parse_duration(format_duration(duration)).value() == duration);
  }
  const auto longest = std::chrono::nanoseconds::max();
  CHECK(parse_duration(format_duration(longest)).value() == longest);
}
