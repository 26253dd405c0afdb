// SPDX-License-Identifier: Apache-2.0
// The lines that differ between two texts, as `diff -u` shows them. Pure.
#pragma once

#include <string>
#include <string_view>

namespace vcs::cli {

// More lines than these between the common start and end are not compared but shown as replaced:
// the comparison takes time with the square of the differences.
inline constexpr std::size_t kMostComparedLines = 20'000;

// Whether content is not for showing: a NUL in the first 8 KiB.
bool is_binary(std::string_view content);

// The hunks with three lines of context; "" if the texts are equal. Lines may be of any bytes; a
// missing newline at the end is said so.
std::string unified_hunks(std::string_view before, std::string_view after);

// How many lines went and came. A file without a newline at its end has a last line all the same.
struct LineCounts {
  std::size_t removed = 0, added = 0;
};
LineCounts count_lines(std::string_view before, std::string_view after);

// Whether a line is too long to be compared as one: prose has a paragraph in each.
bool has_long_lines(std::string_view text);

// What stands around words that went or came: brackets, or colours.
struct WordMarks {
  std::string_view removed_begin = "[-", removed_end = "-]";
  std::string_view added_begin = "{+", added_end = "+}";
};

// The hunks with the words that changed marked in their place, and what is alike in long lines left
// out ("…"); "" if the texts are equal. Control characters stay as they are.
std::string word_hunks(std::string_view before, std::string_view after, const WordMarks& marks);

}  // namespace vcs::cli
