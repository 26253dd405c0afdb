// SPDX-License-Identifier: Apache-2.0
// Widths, escapes, sizes, times and columns.
#include "cli/render/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>

#include "core/base/local_time.hpp"
#include "ipc/utf8.hpp"

namespace vcs::cli {
namespace {

// Of a valid sequence.
char32_t code_point(std::string_view sequence) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(sequence[i]); };
  if (sequence.size() == 1) return byte(0);
  char32_t value = byte(0) & (0x7fu >> sequence.size());
  for (std::size_t i = 1; i < sequence.size(); ++i) value = value << 6 | (byte(i) & 0x3fu);
  return value;
}

struct Range {
  char32_t first, last;
};

template <std::size_t N>
bool is_in(const Range (&ranges)[N], char32_t c) {
  for (const Range& range : ranges)
    if (c >= range.first && c <= range.last) return true;
  return false;
}

constexpr Range kWide[] = {{0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},
                           {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},
                           {0xff00, 0xff60},   {0xffe0, 0xffe6},   {0x1f300, 0x1f64f},
                           {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};
constexpr Range kNoWidth[] = {{0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},
                              {0x64b, 0x65f},   {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff},
                              {0x200b, 0x200d}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}};
// Characters that a terminal obeys instead of showing, or that change the order of text.
constexpr Range kUnsafe[] = {{0x00, 0x1f},     {0x7f, 0x9f},     {0x200e, 0x200f},
                             {0x2028, 0x202e}, {0x2066, 0x2069}, {0xfeff, 0xfeff}};

std::string escape_of(char32_t c) {
  switch (c) {
    case '\n':
      return "\\n";
    case '\t':
      return "\\t";
    case '\r':
      return "\\r";
    default:
      return c < 0x80 ? fmt::format("\\x{:02x}", static_cast<unsigned>(c))
                      : fmt::format("\\u{:04x}", static_cast<unsigned>(c));
  }
}

// Copies the characters in `keep`, although they are unsafe.
std::string without_control(std::string_view text, std::string_view keep, bool double_backslash) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = ipc::utf8_sequence(text);
    if (length == 0) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
      text.remove_prefix(1);
      continue;
    }
    const std::string_view sequence = text.substr(0, length);
    const char32_t c = code_point(sequence);
    const bool kept = length == 1 && keep.find(sequence.front()) != std::string_view::npos;
    if (!kept && is_in(kUnsafe, c)) {
      out += escape_of(c);
    } else {
      if (double_backslash && c == '\\') out += '\\';
      out += sequence;
    }
    text.remove_prefix(length);
  }
  return out;
}

std::int64_t floor_seconds(base::UnixNanos time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

std::tm local(std::int64_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  localtime_r(&time, &parts);
  return parts;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    if (text.starts_with("\x1b[")) {
      text.remove_prefix(std::min(text.find('m'), text.size() - 1) + 1);
      continue;
    }
    const std::size_t length = ipc::utf8_sequence(text);
    if (length == 0) {
      text.remove_prefix(1);
      ++width;
      continue;
    }
    const char32_t c = code_point(text.substr(0, length));
    width += is_in(kWide, c) ? 2 : is_in(kNoWidth, c) ? 0 : 1;
    text.remove_prefix(length);
  }
  return width;
}

std::string escaped(std::string_view name) {
  return without_control(name, {}, true);
}

std::string escaped_text(std::string_view text) {
  return without_control(text, "\n\t", false);
}

std::string short_id(std::string_view id) {
  return std::string(id.substr(0, 12));
}

std::string with_separators(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string counted(std::uint64_t number, std::string_view singular, std::string_view plural) {
  return fmt::format("{} {}", with_separators(number), number == 1 ? singular : plural);
}

std::string date_and_time(base::UnixNanos time) {
  if (time == base::UnixNanos{}) return "never";
  const std::int64_t seconds = floor_seconds(time);
  const std::tm parts = local(seconds);
  std::string text =
      fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1,
                  parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
  const auto offset = static_cast<std::int64_t>(parts.tm_gmtoff);
  if (base::moments_of(seconds + offset).size() > 1)
    text += fmt::format(" {}{:02}:{:02}", offset < 0 ? '-' : '+', std::abs(offset) / 3600,
                        std::abs(offset) / 60 % 60);
  return text;
}

std::string clock_time(base::UnixNanos time, base::UnixNanos now) {
  std::string text = date_and_time(time);
  const bool same_day =
      time != base::UnixNanos{} && text.substr(0, 10) == date_and_time(now).substr(0, 10);
  return same_day ? text.substr(11) : text;
}

std::string human_duration(double seconds) {
  if (!(seconds >= 0)) seconds = 0;
  struct Unit {
    double seconds;
    const char *one, *many;
  };
  static constexpr Unit kUnits[] = {{31'557'600, "year", "years"},
                                    {2'629'800, "month", "months"},
                                    {86'400, "day", "days"},
                                    {3'600, "hour", "hours"},
                                    {60, "minute", "minutes"}};
  for (const Unit& unit : kUnits) {
    if (seconds < unit.seconds) continue;
    const auto number = static_cast<std::uint64_t>(seconds / unit.seconds);
    return counted(number, unit.one, unit.many);
  }
  return fmt::format("{} s", static_cast<int>(seconds));
}

std::string ago(base::UnixNanos time, base::UnixNanos now) {
  if (time == base::UnixNanos{}) return "never";
  // Two times may be farther apart than nanoseconds can tell.
  using Distance = std::chrono::duration<double, std::nano>;
  const std::chrono::duration<double> passed =
      Distance(now.time_since_epoch()) - Distance(time.time_since_epoch());
  const double seconds = passed.count();
  if (std::abs(seconds) < 1) return "just now";
  if (seconds >= 0) return human_duration(seconds) + " ago";
  // A minute is added, so that a time set a moment ago reads "in 7 days", not "in 6 days".
  return "in " + human_duration(seconds < -3600 ? 60 - seconds : -seconds);
}

std::string Table::text(std::string_view indent) const {
  std::vector<std::size_t> widths(columns_.size());
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], display_width(row[i]));
  std::string out;
  for (const auto& row : rows_) {
    std::string line(indent);
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string space(widths[i] - display_width(row[i]), ' ');
      if (i > 0) line += "  ";
      line += columns_[i] == Align::right ? space + row[i] : row[i] + space;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string Style::painted(std::string_view code, std::string_view text) const {
  return colour_ && !text.empty() ? fmt::format("\x1b[{}m{}\x1b[0m", code, text)
                                  : std::string(text);
}

}  // namespace vcs::cli
