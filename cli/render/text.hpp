// SPDX-License-Identifier: Apache-2.0
// Makes text safe and neat on a terminal: widths, names, sizes, times, columns, colours. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"

namespace vcs::cli {

// The columns that valid UTF-8 takes on a terminal: wide East Asian characters count two; combining
// marks and the colours of Style count none.
std::size_t display_width(std::string_view text);

// A name from a file system, made safe to show: control characters, bytes that are not UTF-8, and
// characters that change the direction of text become escapes (\n, \x1b, \u202e); a backslash
// becomes two. So no name can move the cursor.
std::string escaped(std::string_view name);
// The same for a message of several lines, but keeps line breaks, tabs and backslashes.
std::string escaped_text(std::string_view text);

// The first 12 digits.
std::string short_id(std::string_view id);
// "1,234,567"
std::string with_separators(std::uint64_t number);
// "1 file", "2 files"
std::string counted(std::uint64_t number, std::string_view singular, std::string_view plural);

// Local times; "never" for 0. A time that exists twice, because the clock was put back, shows its
// offset from UTC, so that it can be used as COMMIT.
std::string date_and_time(base::UnixNanos time);  // 2026-11-21 12:03:44
// 12:03:44 on the day of `now`, else with the date.
std::string clock_time(base::UnixNanos time, base::UnixNanos now);
// "just now", "14 s ago", "2 minutes ago", "3 days ago", "in 5 s".
std::string ago(base::UnixNanos time, base::UnixNanos now);
// "14 s", "2 minutes", "3 days"
std::string human_duration(double seconds);

// Aligns the columns of rows of equal length; two spaces between columns, none at the end of a
// line.
class Table {
 public:
  enum class Align { left, right };
  explicit Table(std::vector<Align> columns) : columns_(std::move(columns)) {}
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  std::string text(std::string_view indent = {}) const;

 private:
  std::vector<Align> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// Adds colours to text, or leaves it unchanged if colours are off.
class Style {
 public:
  explicit Style(bool colour = false) : colour_(colour) {}
  std::string good(std::string_view text) const { return painted("32", text); }
  std::string warning(std::string_view text) const { return painted("33", text); }
  std::string bad(std::string_view text) const { return painted("31", text); }
  std::string id(std::string_view text) const { return painted("33", text); }
  std::string place(std::string_view text) const { return painted("36", text); }
  std::string strong(std::string_view text) const { return painted("1", text); }
  std::string faint(std::string_view text) const { return painted("2", text); }

 private:
  std::string painted(std::string_view code, std::string_view text) const;
  bool colour_;
};

}  // namespace vcs::cli
