// SPDX-License-Identifier: Apache-2.0
// A small grammar, word by word:  [DATE | today | yesterday] [TIME]  |  COUNT UNIT [COUNT UNIT …]
// ago  |  now
#include "agent/service/time_expression.hpp"

#include <charconv>
#include <ctime>
#include <optional>
#include <string>
#include <vector>

namespace vcs::agent::service {
namespace {

using base::Result;
using base::UnixNanos;

constexpr UnixNanos kSecond = 1'000'000'000;
// What a number of nanoseconds can tell: 292 years around 1970.
constexpr UnixNanos kLongestSpan = 285 * UnixNanos{365 * 86'400};  // seconds
constexpr int kLastYear = 2261;

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    const bool space = c == ' ' || c == '\t' || c == 'T';
    if (space && !words.back().empty())
      words.emplace_back();
    else if (!space)
      words.back() += c;
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

// Numbers separated by `separator`, as many as there are; nothing if a part is no number.
std::optional<std::vector<int>> numbers(const std::string& word, char separator) {
  std::vector<int> parts;
  const char* at = word.data();
  const char* const end = at + word.size();
  while (true) {
    int value = 0;
    const auto [next, error] = std::from_chars(at, end, value);
    if (error != std::errc() || value < 0 || next == at) return std::nullopt;
    parts.push_back(value);
    if (next == end) return parts;
    if (*next != separator || next + 1 == end) return std::nullopt;
    at = next + 1;
  }
}

std::optional<UnixNanos> seconds_of_unit(std::string_view unit) {
  if (unit.size() > 1 && unit.ends_with('s')) unit.remove_suffix(1);
  if (unit == "s" || unit == "sec" || unit == "second") return 1;
  if (unit == "m" || unit == "min" || unit == "minute") return 60;
  if (unit == "h" || unit == "hour") return 3600;
  if (unit == "d" || unit == "day") return 86'400;
  if (unit == "w" || unit == "week") return 7 * 86'400;
  if (unit == "month") return 30 * 86'400;
  if (unit == "y" || unit == "year") return 365 * 86'400;
  return std::nullopt;
}

// "2 hours 5 minutes ago" without its last word.
std::optional<UnixNanos> span_of(const std::vector<std::string>& words) {
  if (words.size() < 3 || words.size() % 2 == 0) return std::nullopt;
  UnixNanos seconds = 0;
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
    const auto count = words[i] == "a" || words[i] == "an" ? std::optional(std::vector<int>{1})
                                                           : numbers(words[i], ' ');
    const auto unit = seconds_of_unit(words[i + 1]);
    if (!count || !unit) return std::nullopt;
    seconds += UnixNanos{count->front()} * *unit;
    if (seconds > kLongestSpan) return std::nullopt;
  }
  return seconds;
}

bool set_date(const std::string& word, std::tm& at) {
  if (word == "today") return true;
  if (word == "yesterday") return at.tm_mday -= 1, true;
  const auto date = numbers(word, '-');
  if (!date || date->size() != 3) return false;
  const auto& parts = *date;
  if (parts[0] < 1970 || parts[0] > kLastYear || parts[1] < 1 || parts[1] > 12 || parts[2] < 1 ||
      parts[2] > 31)
    return false;
  at.tm_year = parts[0] - 1900;
  at.tm_mon = parts[1] - 1;
  at.tm_mday = parts[2];
  return true;
}

bool set_time(const std::string& word, std::tm& at) {
  const auto time = numbers(word, ':');
  if (!time || time->size() < 2 || time->size() > 3) return false;
  const auto& parts = *time;
  at.tm_hour = parts[0];
  at.tm_min = parts[1];
  at.tm_sec = parts.size() == 3 ? parts[2] : 0;
  return at.tm_hour < 24 && at.tm_min < 60 && at.tm_sec < 61;
}

}  // namespace

Result<UnixNanos> parse_time_expression(std::string_view text, UnixNanos now) {
  const auto refuse = [&] {
    return base::fail(
        base::ErrorCode::invalid,
        "'{}' is no time: try 15:40, yesterday 9:05, 2 hours ago, 2026-01-31 or 2026-01-31 15:40",
        text);
  };
  const auto words = words_of(text);
  if (words.empty()) return refuse();
  if (words.size() == 1 && words[0] == "now") return now;
  if (words.back() == "ago") {
    const auto seconds = span_of(words);
    if (!seconds) return refuse();
    return now - *seconds * kSecond;
  }
  const std::time_t now_seconds = now / kSecond;
  std::tm at{};
  localtime_r(&now_seconds, &at);
  at.tm_isdst = -1;
  const bool dated = set_date(words[0], at);
  const std::size_t next = dated ? 1 : 0;
  if (words.size() > next + 1) return refuse();
  if (words.size() == next) {
    at.tm_hour = 23, at.tm_min = 59, at.tm_sec = 59;
  } else if (!set_time(words[next], at)) {
    return refuse();
  }
  std::tm before = at;
  std::time_t seconds = std::mktime(&at);
  if (!dated && seconds > now_seconds) {
    before.tm_mday -= 1;
    seconds = std::mktime(&before);
  }
  if (seconds == -1) return refuse();
  return UnixNanos{seconds} * kSecond + (kSecond - 1);
}

}  // namespace vcs::agent::service
