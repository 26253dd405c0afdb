// SPDX-License-Identifier: Apache-2.0
// A small grammar, word by word:
//   now  |  SPAN [ago]  |  last UNIT  |  [DAY] [TIME] [ZONE]
//   SPAN = COUNT UNIT …, also without spaces;  DAY = date, weekday, last weekday, today, yesterday
#include "core/base/time_expression.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "core/base/local_time.hpp"

namespace vcs::base {
namespace {

constexpr Nanos kSecond = std::chrono::seconds(1);
constexpr std::int64_t kDay = 86'400;
// UnixNanos reaches 292 years before and after 1970.
constexpr std::int64_t kLongestSpan = 285 * std::int64_t{365 * 86'400};  // seconds
constexpr int kFirstYear = 1970, kLastYear = 2261;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The words in lower case; a T between digits separates a date from a time.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool joint = (c == 'T' || c == 't') && i > 0 && is_digit(text[i - 1]) &&
                       i + 1 < text.size() && is_digit(text[i + 1]);
    const bool space = c == ' ' || c == '\t' || joint;
    if (!space) {
      words.back() += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

// A number of at most nine digits.
std::optional<int> number(std::string_view word) {
  int value = 0;
  const char* const end = word.data() + word.size();
  const auto [next, error] = std::from_chars(word.data(), end, value);
  if (word.empty() || word.size() > 9 || !is_digit(word.front())) return std::nullopt;
  return error == std::errc() && next == end ? std::optional(value) : std::nullopt;
}

// All numbers between separators; nothing if a part is not a number.
std::optional<std::vector<int>> numbers(std::string_view word, char separator) {
  std::vector<int> parts;
  for (;;) {
    const std::size_t end = std::min(word.find(separator), word.size());
    const auto value = number(word.substr(0, end));
    if (!value) return std::nullopt;
    parts.push_back(*value);
    if (end == word.size()) return parts;
    word.remove_prefix(end + 1);
  }
}

std::optional<std::int64_t> seconds_of_unit(std::string_view unit) {
  if (unit.size() > 1 && unit.ends_with('s')) unit.remove_suffix(1);
  if (unit == "s" || unit == "sec" || unit == "second") return 1;
  if (unit == "m" || unit == "min" || unit == "minute") return 60;
  if (unit == "h" || unit == "hr" || unit == "hour") return 3600;
  if (unit == "d" || unit == "day") return kDay;
  if (unit == "w" || unit == "week") return 7 * kDay;
  if (unit == "month") return 30 * kDay;
  if (unit == "y" || unit == "year") return 365 * kDay;
  return std::nullopt;
}

// "1h30m" as 1, h, 30, m.
std::vector<std::string> split_at_digits(const std::vector<std::string>& words) {
  std::vector<std::string> parts;
  for (const std::string& word : words) {
    for (std::size_t i = 0; i < word.size(); ++i) {
      if (i == 0 || is_digit(word[i]) != is_digit(word[i - 1])) parts.emplace_back();
      parts.back() += word[i];
    }
  }
  return parts;
}

// "2 hours 5 minutes ago", "5m".
std::optional<std::int64_t> span_of(std::vector<std::string> words) {
  if (!words.empty() && words.back() == "ago") words.pop_back();
  words = split_at_digits(words);
  if (words.empty() || words.size() % 2 != 0) return std::nullopt;
  std::int64_t seconds = 0;
  for (std::size_t i = 0; i < words.size(); i += 2) {
    const bool one = words[i] == "a" || words[i] == "an" || words[i] == "one";
    const auto count = one ? std::optional(1) : number(words[i]);
    const auto unit = seconds_of_unit(words[i + 1]);
    if (!count || !unit) return std::nullopt;
    seconds += std::int64_t{*count} * *unit;
    if (seconds > kLongestSpan) return std::nullopt;
  }
  return seconds;
}

std::optional<unsigned> weekday_of(std::string_view word) {
  constexpr std::array<std::string_view, 7> kNames{"sunday",   "monday", "tuesday", "wednesday",
                                                   "thursday", "friday", "saturday"};
  for (unsigned i = 0; i < kNames.size(); ++i)
    if (word == kNames[i] || word == kNames[i].substr(0, 3)) return i;
  return std::nullopt;
}

// A time zone: the one of this process, or a fixed offset from UTC.
struct Zone {
  std::optional<std::int64_t> fixed;

  WallSeconds wall(std::int64_t moment) const {
    return moment + (fixed ? *fixed : utc_offset(moment));
  }
  // In the skipped hour, calculate as if the clock had not been put forward.
  std::vector<std::int64_t> moments(WallSeconds wall) const {
    if (fixed) return {wall - *fixed};
    auto found = moments_of(wall);
    if (found.empty()) found.push_back(wall - utc_offset(wall - kDay));
    return found;
  }
};

// "z", "utc", "+02:00", "-0330", "+2".
std::optional<Zone> zone_of(std::string_view word) {
  if (word == "z" || word == "utc" || word == "gmt") return Zone{0};
  if (word.size() < 2 || (word[0] != '+' && word[0] != '-')) return std::nullopt;
  const int sign = word[0] == '-' ? -1 : 1;
  word.remove_prefix(1);
  std::optional<std::vector<int>> parts;
  if (word.size() == 4 && word.find(':') == std::string_view::npos) {
    const auto both = number(word);
    if (both) parts = std::vector<int>{*both / 100, *both % 100};
  } else {
    parts = numbers(word, ':');
  }
  if (!parts || parts->size() > 2 || (*parts)[0] > 15) return std::nullopt;
  const int minutes = parts->size() == 2 ? (*parts)[1] : 0;
  if (minutes > 59) return std::nullopt;
  return Zone{sign * ((*parts)[0] * 3600 + minutes * 60)};
}

// Removes the zone from the end: it is a word of its own, or it follows a time.
Zone take_zone(std::vector<std::string>& words) {
  std::string& last = words.back();
  if (const auto zone = zone_of(last)) {
    words.pop_back();
    return *zone;
  }
  if (last.find(':') == std::string::npos) return {};
  for (const char mark : {'z', '+', '-'}) {
    const std::size_t at = last.find(mark);
    if (at == std::string::npos || at == 0) continue;
    const auto zone = zone_of(std::string_view(last).substr(at));
    if (!zone) continue;
    last.resize(at);
    return *zone;
  }
  return {};
}

struct TimeOfDay {
  std::int64_t seconds = kDay - 1;
  Nanos fraction = kSecond - Nanos(1);
};

// ".25" means the last nanosecond whose digits begin with 25.
std::optional<Nanos> fraction_of(std::string_view digits) {
  if (digits.empty() || digits.size() > 9) return std::nullopt;
  std::string padded(digits);
  padded.resize(9, '9');
  const auto value = number(padded);
  return value ? std::optional<Nanos>(*value) : std::nullopt;
}

// "15:40", "15:40:30", "15:40:30.25", "3pm", "3:40pm", "noon", "midnight".
std::optional<TimeOfDay> time_of(std::string_view word) {
  if (word == "noon") return TimeOfDay{12 * 3600};
  if (word == "midnight") return TimeOfDay{0};
  TimeOfDay time;
  const bool pm = word.ends_with("pm"), twelve = pm || word.ends_with("am");
  if (twelve) word.remove_suffix(2);
  if (const std::size_t dot = word.find('.'); dot != std::string_view::npos) {
    const auto fraction = fraction_of(word.substr(dot + 1));
    if (!fraction || std::count(word.begin(), word.end(), ':') != 2) return std::nullopt;
    time.fraction = *fraction;
    word = word.substr(0, dot);
  }
  auto parts = numbers(word, ':');
  if (!parts || parts->size() > 3 || (parts->size() == 1 && !twelve)) return std::nullopt;
  parts->resize(3);
  int& hour = parts->front();
  if (twelve && (hour < 1 || hour > 12)) return std::nullopt;
  if (twelve) hour = hour % 12 + (pm ? 12 : 0);
  if (hour > 23 || (*parts)[1] > 59 || (*parts)[2] > 60) return std::nullopt;
  time.seconds = hour * 3600 + (*parts)[1] * 60 + (*parts)[2];
  return time;
}

// A day from the text. `repeats`: days back to the previous one of its kind; 0: there is none.
struct Day {
  std::int64_t number = 0;  // days since 1970
  std::int64_t repeats = 0;
};

std::int64_t floor_days(WallSeconds wall) {
  return wall >= 0 ? wall / kDay : (wall - (kDay - 1)) / kDay;
}

std::optional<Day> date_of(std::string_view word) {
  const auto parts = numbers(word, '-');
  if (!parts || parts->size() != 3) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year((*parts)[0]),
                                         std::chrono::month(static_cast<unsigned>((*parts)[1])),
                                         std::chrono::day(static_cast<unsigned>((*parts)[2]))};
  if (!date.ok() || (*parts)[0] < kFirstYear || (*parts)[0] > kLastYear) return std::nullopt;
  return Day{std::chrono::sys_days(date).time_since_epoch().count()};
}

// Removes the day from the front; nothing if there is none.
std::optional<Day> take_day(std::vector<std::string>& words, std::int64_t today) {
  const auto take = [&](std::size_t count, Day day) {
    words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(count));
    return day;
  };
  if (words.empty()) return std::nullopt;
  const bool last = words[0] == "last" && words.size() > 1;
  if (const auto wanted = weekday_of(words[last ? 1 : 0])) {
    const auto weekday = static_cast<unsigned>((today % 7 + 7 + 4) % 7);  // 1970 began a Thursday
    const std::int64_t back = (weekday + 7 - *wanted) % 7;
    return take(last ? 2 : 1, {today - (last && back == 0 ? 7 : back), 7});
  }
  if (words[0] == "today") return take(1, {today});
  if (words[0] == "yesterday") return take(1, {today - 1});
  if (const auto date = date_of(words[0])) return take(1, *date);
  return std::nullopt;
}

// The last of the moments that is not after `now`; nothing if all are after it.
std::optional<std::int64_t> last_until(const std::vector<std::int64_t>& moments, std::int64_t now) {
  std::optional<std::int64_t> found;
  for (const std::int64_t moment : moments)
    if (moment <= now) found = moment;
  return found;
}

std::optional<UnixNanos> time_at(std::vector<std::string> words, UnixNanos now) {
  const Zone zone = take_zone(words);
  const std::int64_t now_seconds = now.time_since_epoch() / kSecond;
  const std::int64_t today = floor_days(zone.wall(now_seconds));
  auto day = take_day(words, today);
  TimeOfDay time;
  if (words.size() == 2 && (words[1] == "am" || words[1] == "pm")) {
    words[0] += words[1];
    words.pop_back();
  }
  if (words.size() > 1 || (words.empty() && !day)) return std::nullopt;
  if (!words.empty()) {
    const auto named = time_of(words.front());
    if (!named) return std::nullopt;
    time = *named;
  }
  if (!day) day = Day{today, 1};
  auto moments = zone.moments(day->number * kDay + time.seconds);
  if (day->repeats != 0 && !last_until(moments, now_seconds))
    moments = zone.moments((day->number - day->repeats) * kDay + time.seconds);
  const std::int64_t moment = last_until(moments, now_seconds).value_or(moments.front());
  return UnixNanos(moment * kSecond + time.fraction);
}

}  // namespace

Result<UnixNanos> parse_time_expression(std::string_view text, UnixNanos now) {
  const auto words = words_of(text);
  if (words.size() == 1 && words[0] == "now") return now;
  auto span = span_of(words);
  if (!span && words.size() == 2 && words[0] == "last") span = seconds_of_unit(words[1]);
  if (span) return now - *span * kSecond;
  if (!words.empty())
    if (const auto time = time_at(words, now)) return *time;
  return fail(ErrorCode::invalid,
              "I cannot read '{}' as a time; try 15:40, yesterday 9:05, monday, 5m, 2 hours ago, "
              "2026-01-31 15:40 or 2026-01-31T15:40:00Z",
              text);
}

}  // namespace vcs::base
