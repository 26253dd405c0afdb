// SPDX-License-Identifier: Apache-2.0
// Times as people write them, summer time, and numbers that are too large for a time.
#include "core/base/time_expression.hpp"

#include <catch2/catch.hpp>

#include "core/base/local_time.hpp"
#include "tests/support/time_zone.hpp"

using namespace vcs;
using base::parse_time_expression;

namespace {

constexpr base::Nanos kSecond = std::chrono::seconds(1);
constexpr base::UnixNanos kNow(1'700'000'000 * kSecond);
constexpr base::Nanos kEnd = kSecond - base::Nanos(1);  // of a second

// The rules of the zone and not its name: the machine may have no table of zones.
const char* const kRome = "CET-1CEST,M3.5.0,M10.5.0/3";

// Seconds since 1970 UTC.
std::int64_t seconds_of(const std::string& text, base::UnixNanos now = kNow) {
  const auto time = parse_time_expression(text, now);
  INFO(text);
  REQUIRE(time.has_value());
  CHECK(time->time_since_epoch() % kSecond == kEnd);
  return time->time_since_epoch() / kSecond;
}

}  // namespace

TEST_CASE("time expression: spans are counted back from now") {
  const test::TimeZone zone("UTC");
  CHECK(parse_time_expression("now", kNow) == kNow);
  CHECK(parse_time_expression("2 hours ago", kNow) == kNow - 7200 * kSecond);
  CHECK(parse_time_expression("an hour 5 minutes ago", kNow) == kNow - 3900 * kSecond);
  CHECK(parse_time_expression("100 years ago", kNow) == kNow - kSecond * 100 * 365 * 86'400);
  CHECK(parse_time_expression("5m", kNow) == kNow - 300 * kSecond);
  CHECK(parse_time_expression("1m ago", kNow) == kNow - 60 * kSecond);
  CHECK(parse_time_expression("1h30m ago", kNow) == kNow - 5400 * kSecond);
  CHECK(parse_time_expression("5 Minutes", kNow) == kNow - 300 * kSecond);
  CHECK(parse_time_expression("last week", kNow) == kNow - 7 * 86'400 * kSecond);
}

TEST_CASE("time expression: a time of day is its last occurrence") {
  for (const char* name : {"UTC", kRome, "JST-9", "<-03>3"}) {
    const test::TimeZone zone(name);
    for (int hour = 0; hour < 24; ++hour) {
      const base::UnixNanos time(seconds_of(std::to_string(hour) + ":30") * kSecond);
      CHECK(time < kNow + kSecond);
      CHECK(time > kNow - 25 * 3600 * kSecond);
    }
  }
  const test::TimeZone zone("UTC");  // it is Tuesday, 2023-11-14 22:13:20
  CHECK(seconds_of("noon") == 1'699'963'200);
  CHECK(seconds_of("midnight") == 1'699'920'000);
  CHECK(seconds_of("3pm") == 1'699'974'000);
  CHECK(seconds_of("3:40 pm") == 1'699'976'400);
  CHECK(seconds_of("12am") == 1'699'920'000);
}

TEST_CASE("time expression: days have names") {
  const test::TimeZone zone("UTC");  // it is Tuesday, 2023-11-14 22:13:20
  const auto end_of = [](int day) { return 1'699'920'000 + (day - 14) * 86'400 + 86'399; };
  CHECK(seconds_of("yesterday") == end_of(13));
  CHECK(seconds_of("monday") == end_of(13));
  CHECK(seconds_of("Sun") == end_of(12));
  CHECK(seconds_of("tuesday") == end_of(7));  // today has not ended
  CHECK(seconds_of("tuesday 9:00") == 1'699'920'000 + 9 * 3600);
  CHECK(seconds_of("last tuesday 9:00") == 1'699'920'000 + 9 * 3600 - 7 * 86'400);
  CHECK(seconds_of("2023-11-10") == end_of(10));
  CHECK(seconds_of("2023-11-10 noon") == end_of(9) + 12 * 3600 + 1);
}

TEST_CASE("time expression: a zone in the text wins over the reader's") {
  for (const char* name : {"UTC", kRome, "JST-9"}) {
    const test::TimeZone zone(name);
    for (const char* text :
         {"2023-11-14T10:30:00Z", "2023-11-14 10:30:00 UTC", "2023-11-14 11:30:00 +01:00",
          "2023-11-14T11:30:00+0100", "2023-11-14 07:00:00-03:30", "2023-11-14 10:30 +0"})
      CHECK(seconds_of(text) == 1'699'957'800);
    CHECK(seconds_of("10:30Z") == 1'699'957'800);
    CHECK(parse_time_expression("2023-11-14T10:30:00.25Z", kNow) ==
          base::UnixNanos(1'699'957'800 * kSecond + base::Nanos(259'999'999)));
  }
  const test::TimeZone tokyo("JST-9");
  CHECK(seconds_of("2023-11-14 19:30:00") == 1'699'957'800);
}

TEST_CASE("time expression: the hour that comes twice, and the one that never is") {
  const test::TimeZone rome(kRome);
  const base::UnixNanos later(1'798'000'000 * kSecond);  // in December of 2026
  constexpr std::int64_t kFirst = 1'792'888'200, kSecondTime = kFirst + 3600;
  CHECK(base::moments_of(kFirst + 7200) == std::vector<std::int64_t>{kFirst, kSecondTime});
  CHECK(seconds_of("2026-10-25 02:30", later) == kSecondTime);
  CHECK(seconds_of("2026-10-25 02:30 +02:00", later) == kFirst);
  CHECK(seconds_of("2026-10-25 02:30 +01:00", later) == kSecondTime);
  // Between the two moments, the text means the earlier one.
  CHECK(seconds_of("2026-10-25 02:30", base::UnixNanos((kFirst + 60) * kSecond)) == kFirst);
  CHECK(seconds_of("02:30", base::UnixNanos((kFirst + 60) * kSecond)) == kFirst);
  CHECK(seconds_of("02:30", base::UnixNanos((kSecondTime + 60) * kSecond)) == kSecondTime);
  CHECK(base::moments_of(1'774'751'400).empty());  // 2026-03-29 02:30
  CHECK(seconds_of("2026-03-29 02:30", later) == 1'774'747'800);
}

TEST_CASE("time expression: what no number can hold is refused") {
  for (const char* text : {"293 years ago",
                           "2147483647 years ago",
                           "99999999999 years ago",
                           "9999-12-31",
                           "2262-01-01 00:00",
                           "1 ago",
                           "-1 hours ago",
                           "24:00",
                           "12:60",
                           "1970-13-01",
                           "x",
                           "",
                           " ",
                           "2026-02-30",
                           "15",
                           "13pm",
                           "0am",
                           "monday tuesday",
                           "15:40 x",
                           "last",
                           "ago",
                           "Z",
                           "+02:00",
                           "15:40:30.1234567890",
                           "15:40+99",
                           "5m 3",
                           "15:40 monday"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_time_expression(text, kNow).has_value());
  }
  std::string sum = "1 second";
  for (int i = 0; i < 500; ++i) sum += " 2147483647 years";
  CHECK_FALSE(parse_time_expression(sum + " ago", kNow).has_value());
  CHECK(parse_time_expression("2261-12-31", kNow).has_value());
  CHECK(parse_time_expression("5x", kNow).error().message.find("I cannot read '5x' as a time") !=
        std::string::npos);
}
