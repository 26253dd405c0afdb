// SPDX-License-Identifier: Apache-2.0
// Shows the lines that differ between two texts, as `diff -u` does. Pure.
#pragma once

#include <string>
#include <string_view>

namespace vcs::cli {

// More lines than this between the common start and end are not compared but shown as replaced,
// because the time of a comparison grows with the square of the differences.
inline constexpr std::size_t kMostComparedLines = 20'000;

// Whether content is no text: it has a NUL in the first 8 KiB.
bool is_binary(std::string_view content);

// The hunks with three lines of context; "" if the texts are equal. Lines may hold any bytes. A
// note marks a missing newline at the end.
std::string unified_hunks(std::string_view before, std::string_view after);

// How many lines were removed and added. Text after the last newline counts as a line.
struct LineCounts {
  std::size_t removed = 0, added = 0;
};
LineCounts count_lines(std::string_view before, std::string_view after);

// Whether a line is too long to be compared as one: in prose, a line is a whole paragraph.
bool has_long_lines(std::string_view text);

// The marks around removed and added words: brackets, or colours.
struct WordMarks {
  std::string_view removed_begin = "[-", removed_end = "-]";
  std::string_view added_begin = "{+", added_end = "+}";
};

// The hunks with the changed words marked in their lines; "…" replaces long runs of equal words. ""
// if the texts are equal. Control characters stay unchanged.
std::string word_hunks(std::string_view before, std::string_view after, const WordMarks& marks);

}  // namespace vcs::cli
