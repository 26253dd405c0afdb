// SPDX-License-Identifier: Apache-2.0
// Times as people write them, and numbers that no time can hold.
#include "agent/service/time_expression.hpp"

#include <catch2/catch.hpp>

using namespace vcs;
using agent::service::parse_time_expression;

namespace {

constexpr base::UnixNanos kSecond = 1'000'000'000, kNow = 1'700'000'000 * kSecond;

}  // namespace

TEST_CASE("time expression: spans are counted back from now") {
  CHECK(parse_time_expression("now", kNow) == kNow);
  CHECK(parse_time_expression("2 hours ago", kNow) == kNow - 7200 * kSecond);
  CHECK(parse_time_expression("an hour 5 minutes ago", kNow) == kNow - 3900 * kSecond);
  CHECK(parse_time_expression("100 years ago", kNow) == kNow - kSecond * 100 * 365 * 86'400);
}

TEST_CASE("time expression: a time of day is its last occurrence") {
  for (int hour = 0; hour < 24; ++hour) {
    const auto time = parse_time_expression(std::to_string(hour) + ":30", kNow);
    REQUIRE(time.has_value());
    CHECK(*time < kNow + kSecond);
    CHECK(*time > kNow - 25 * 3600 * kSecond);
  }
}

TEST_CASE("time expression: what no number can hold is refused") {
  for (const char* text :
       {"293 years ago", "2147483647 years ago", "99999999999 years ago", "9999-12-31",
        "2262-01-01 00:00", "1 ago", "-1 hours ago", "24:00", "12:60", "1970-13-01", "x", ""}) {
    CAPTURE(text);
    CHECK_FALSE(parse_time_expression(text, kNow).has_value());
  }
  std::string sum = "1 second";
  for (int i = 0; i < 500; ++i) sum += " 2147483647 years";
  CHECK_FALSE(parse_time_expression(sum + " ago", kNow).has_value());
  CHECK(parse_time_expression("2261-12-31", kNow).has_value());
}
