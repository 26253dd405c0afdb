// SPDX-License-Identifier: Apache-2.0
// The clocks, and their moments: what the compiler refuses, and the numbers that they are kept as.
#include "core/base/clock.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <type_traits>

#include "tests/support/manual_clock.hpp"

using namespace vcs;
using base::Nanos;
using base::SteadyNanos;
using base::UnixNanos;

namespace {

template <typename A, typename B>
concept HaveDistance = requires(A a, B b) {
  a - b;
};
template <typename A, typename B>
concept HaveOrder = requires(A a, B b) {
  a < b;
};

static_assert(HaveDistance<UnixNanos, UnixNanos> && HaveDistance<SteadyNanos, SteadyNanos>);
static_assert(HaveOrder<UnixNanos, UnixNanos> && HaveOrder<SteadyNanos, SteadyNanos>);
static_assert(!HaveDistance<UnixNanos, SteadyNanos> && !HaveDistance<SteadyNanos, UnixNanos>);
static_assert(!HaveOrder<UnixNanos, SteadyNanos> && !HaveOrder<SteadyNanos, UnixNanos>);
static_assert(!std::is_constructible_v<UnixNanos, SteadyNanos>);
static_assert(!std::is_constructible_v<SteadyNanos, UnixNanos>);
static_assert(!std::is_assignable_v<UnixNanos&, SteadyNanos>);
static_assert(!std::is_assignable_v<SteadyNanos&, UnixNanos>);
// Neither a number nor a delay becomes a moment by itself.
static_assert(!std::is_constructible_v<UnixNanos, std::int64_t>);
static_assert(!std::is_convertible_v<Nanos, UnixNanos>);
// As cheap as the number.
static_assert(sizeof(UnixNanos) == sizeof(std::int64_t));
static_assert(std::is_trivially_copyable_v<UnixNanos>);

}  // namespace

TEST_CASE("clock: a moment is the number that files hold, at both ends, too") {
  using Limits = std::numeric_limits<std::int64_t>;
  for (const std::int64_t count : {Limits::min(), std::int64_t{-1}, std::int64_t{0}, Limits::max()})
    CHECK(base::count_of(base::unix_nanos(count)) == count);
  CHECK(base::unix_nanos(Limits::min()) == UnixNanos::min());
  CHECK(base::unix_nanos(Limits::max()) == UnixNanos::max());
  CHECK(base::unix_nanos(0) == UnixNanos{});
  CHECK(base::unix_nanos(5'000'000'000) == UnixNanos(std::chrono::seconds(5)));
}

TEST_CASE("clock: delays are told in seconds and their parts") {
  CHECK(base::in_seconds(std::chrono::milliseconds(1500)) == 1.5);
  CHECK(base::in_seconds(Nanos(-1)) == -1e-9);
}

TEST_CASE("clock: the system's is after 2020, and its steady one never goes back") {
  const base::SystemClock clock;
  CHECK(clock.now() > base::unix_nanos(1'577'836'800'000'000'000));
  const SteadyNanos before = clock.steady();
  CHECK(clock.steady() >= before);
}

TEST_CASE("clock: the manual one moves when told") {
  test::ManualClock clock(base::unix_nanos(100));
  const SteadyNanos steady = clock.steady();
  clock.advance(Nanos(5));
  CHECK(clock.now() == base::unix_nanos(105));
  CHECK(clock.steady() == steady + Nanos(5));
  clock.set_now(base::unix_nanos(50));
  CHECK(clock.now() == base::unix_nanos(50));
  CHECK(clock.steady() == steady + Nanos(5));
}
