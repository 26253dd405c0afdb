// SPDX-License-Identifier: Apache-2.0
// Sizes to and from text.
#include "core/base/byte_size.hpp"

#include <array>
#include <cctype>

namespace vcs::base {

namespace {

struct Unit {
  std::string_view name;
  std::uint64_t bytes;
};

constexpr std::uint64_t kKibi = 1024;
constexpr std::uint64_t kKilo = 1000;

// Compared in lower case.
constexpr std::array<Unit, 14> kUnits{{
    {"", 1},
    {"b", 1},
    {"k", kKibi},
    {"kib", kKibi},
    {"kb", kKilo},
    {"m", kKibi* kKibi},
    {"mib", kKibi* kKibi},
    {"mb", kKilo* kKilo},
    {"g", kKibi* kKibi* kKibi},
    {"gib", kKibi* kKibi* kKibi},
    {"gb", kKilo* kKilo* kKilo},
    {"t", kKibi* kKibi* kKibi* kKibi},
    {"tib", kKibi* kKibi* kKibi* kKibi},
    {"tb", kKilo* kKilo* kKilo* kKilo},
}};

constexpr std::size_t kFractionDigits = 6;  // times the largest unit, they fit into 64 bits

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view take_digits(std::string_view& rest) {
  std::size_t end = 0;
  while (end < rest.size() && is_digit(rest[end])) ++end;
  const std::string_view digits = rest.substr(0, end);
  rest.remove_prefix(end);
  return digits;
}

Failure not_a_size(std::string_view text, std::string_view why) {
  return fail(ErrorCode::invalid, "'{}' is not a size ({}); write it like 4096, 64KiB or 1.5GiB",
              text, why);
}

bool to_number(std::string_view digits, std::uint64_t& number) {
  number = 0;
  for (const char digit : digits) {
    if (__builtin_mul_overflow(number, 10u, &number)) return false;
    if (__builtin_add_overflow(number, static_cast<unsigned>(digit - '0'), &number)) return false;
  }
  return true;
}

// 0 for an unknown name.
std::uint64_t unit_of(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const Unit& unit : kUnits)
    if (unit.name == lower) return unit.bytes;
  return 0;
}

}  // namespace

Result<std::uint64_t> parse_byte_size(std::string_view text) {
  std::string_view rest = text;
  const std::string_view whole_digits = take_digits(rest);
  std::string_view fraction_digits;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    fraction_digits = take_digits(rest);
    if (fraction_digits.empty()) return not_a_size(text, "digits are missing after the point");
  }
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  const std::uint64_t unit = unit_of(rest);
  if (whole_digits.empty()) return not_a_size(text, "it does not begin with a number");
  if (unit == 0) return not_a_size(text, "units are B, KiB, MiB, GiB and TiB");
  if (unit == 1 && !fraction_digits.empty()) return not_a_size(text, "a byte has no parts");
  if (fraction_digits.size() > kFractionDigits) return not_a_size(text, "too many digits");

  std::uint64_t bytes = 0;
  std::uint64_t fraction = 0;
  if (!to_number(whole_digits, bytes) || __builtin_mul_overflow(bytes, unit, &bytes))
    return not_a_size(text, "it is too large");
  to_number(fraction_digits, fraction);
  std::uint64_t scale = 1;
  for (std::size_t i = 0; i < fraction_digits.size(); ++i) scale *= 10;
  if (__builtin_add_overflow(bytes, fraction * unit / scale, &bytes))
    return not_a_size(text, "it is too large");
  return bytes;
}

std::string format_byte_size(std::uint64_t bytes) {
  static constexpr std::array<std::string_view, 5> kNames{"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  while (bytes != 0 && bytes % kKibi == 0 && unit + 1 < kNames.size()) {
    bytes /= kKibi;
    ++unit;
  }
  return fmt::format("{}{}", bytes, kNames[unit]);
}

std::string humanize_bytes(std::uint64_t bytes) {
  static constexpr std::array<std::string_view, 7> kNames{"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  if (bytes < kKilo) return fmt::format("{} B", bytes);
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  // A value that would be printed as 1000 goes to the next unit.
  while (value >= 999.5 && unit + 1 < kNames.size()) {
    value /= 1000;
    ++unit;
  }
  const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f} {}", value, decimals, kNames[unit]);
}

}  // namespace vcs::base
