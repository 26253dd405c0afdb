// SPDX-License-Identifier: Apache-2.0
// Text that is safe and neat on a terminal: widths, names, sizes, times, columns, colours. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"

namespace vcs::cli {

// Columns that valid UTF-8 takes on a terminal: wide East Asian characters count two, combining
// marks none, and so do the colours of Style.
std::size_t display_width(std::string_view text);

// A name from a file system for a person's eyes: control characters, bytes that are not UTF-8,
// and characters that turn the direction of writing become escapes (\n, \x1b, \u202e), a backslash
// two. No name can move the cursor.
std::string escaped(std::string_view name);
// A message of several lines: line breaks and tabs stay, the rest as escaped(), backslashes as they
// are.
std::string escaped_text(std::string_view text);

// The first 12 digits.
std::string short_id(std::string_view id);
// "1,234,567"
std::string with_separators(std::uint64_t number);
// "1 file", "2 files"
std::string counted(std::uint64_t number, std::string_view singular, std::string_view plural);

// Local times; "never" for 0. One that comes twice, because the clock was put back, has its
// distance from UTC behind it, so that it can be given back as it is.
std::string date_and_time(base::UnixNanos time);  // 2026-11-21 12:03:44
// 12:03:44 when it is the day of `now`, else with the date.
std::string clock_time(base::UnixNanos time, base::UnixNanos now);
// "just now", "14 s ago", "2 minutes ago", "3 days ago", "in 5 s".
std::string ago(base::UnixNanos time, base::UnixNanos now);
// "14 s", "2 minutes", "3 days"
std::string human_duration(double seconds);

// Rows of equal length with their columns aligned; two spaces between, none at the end of a line.
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

// Puts colours on text, or nothing where they are not wanted.
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
