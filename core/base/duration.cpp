// SPDX-License-Identifier: Apache-2.0
// Durations to and from text.
#include "core/base/duration.hpp"

#include <array>
#include <cstdint>

namespace vcs::base {

namespace {

struct Unit {
  std::string_view name;
  std::int64_t nanos;
};

// Largest first: the order in which a duration names them.
constexpr std::array<Unit, 7> kUnits{{
    {"d", 86'400'000'000'000},
    {"h", 3'600'000'000'000},
    {"m", 60'000'000'000},
    {"s", 1'000'000'000},
    {"ms", 1'000'000},
    {"us", 1'000},
    {"ns", 1},
}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

Failure not_a_duration(std::string_view text, std::string_view why) {
  return fail(ErrorCode::invalid,
              "'{}' is not a duration ({}); write it like 500ms, 5s, 2m, 1h30m or 7d", text, why);
}

// Takes leading digits off `rest`; false if there are none or too many.
bool take_number(std::string_view& rest, std::int64_t& number) {
  if (rest.empty() || !is_digit(rest.front())) return false;
  number = 0;
  while (!rest.empty() && is_digit(rest.front())) {
    if (__builtin_mul_overflow(number, 10, &number)) return false;
    if (__builtin_add_overflow(number, rest.front() - '0', &number)) return false;
    rest.remove_prefix(1);
  }
  return true;
}

std::string_view take_letters(std::string_view& rest) {
  std::size_t end = 0;
  while (end < rest.size() && !is_digit(rest[end])) ++end;
  const std::string_view letters = rest.substr(0, end);
  rest.remove_prefix(end);
  return letters;
}

}  // namespace

Result<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  if (text == "0") return std::chrono::nanoseconds(0);
  if (text.empty()) return not_a_duration(text, "it is empty");
  std::int64_t total = 0;
  std::size_t next_unit = 0;  // units go down, each at most once
  for (std::string_view rest = text; !rest.empty();) {
    std::int64_t number = 0;
    if (!take_number(rest, number)) return not_a_duration(text, "a number is missing or too large");
    const std::string_view name = take_letters(rest);
    if (name.empty()) return not_a_duration(text, "a unit is missing");
    while (next_unit < kUnits.size() && kUnits[next_unit].name != name) ++next_unit;
    if (next_unit == kUnits.size())
      return not_a_duration(text, "units are d, h, m, s, ms, us and ns, in this order");
    std::int64_t part = 0;
    if (__builtin_mul_overflow(number, kUnits[next_unit++].nanos, &part) ||
        __builtin_add_overflow(total, part, &total))
      return not_a_duration(text, "it is longer than 292 years");
  }
  return std::chrono::nanoseconds(total);
}

namespace {

std::string in_one_unit(std::int64_t nanos) {
  for (const Unit& unit : kUnits)
    if (nanos % unit.nanos == 0) return fmt::format("{}{}", nanos / unit.nanos, unit.name);
  return {};
}

std::string in_all_units(std::int64_t nanos) {
  std::string text;
  for (const Unit& unit : kUnits) {
    if (nanos / unit.nanos != 0) text += fmt::format("{}{}", nanos / unit.nanos, unit.name);
    nanos %= unit.nanos;
  }
  return text;
}

}  // namespace

std::string format_duration(std::chrono::nanoseconds duration) {
  const std::int64_t nanos = duration.count();
  if (nanos == 0) return "0s";
  const std::string single = in_one_unit(nanos);
  const std::string mixed = in_all_units(nanos);
  return single.size() <= mixed.size() ? single : mixed;
}

}  // namespace vcs::base
