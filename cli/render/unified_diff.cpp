// SPDX-License-Identifier: Apache-2.0
// Compares lines with dtl, and lays the result out in hunks.
#include "cli/render/unified_diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <dtl/dtl.hpp>
#include <iterator>
#include <unordered_map>
#include <vector>

namespace vcs::cli {
namespace {

constexpr std::size_t kContext = 3;
constexpr std::size_t kLongLine = 200;  // bytes
// A run of more equal words than kMostAlike is cut to kAlikeEnds words at each end.
constexpr std::size_t kMostAlike = 40, kAlikeEnds = 12;
constexpr std::size_t kBinaryProbe = 8 * 1024;
constexpr std::string_view kNoNewline = "\\ No newline at end of file\n";

using Lines = std::vector<std::string_view>;
enum class Edit : char { keep = ' ', remove = '-', add = '+' };
using Script = std::vector<Edit>;

// Splits text into lines, each with its newline.
Lines split_lines(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::size_t length = end == std::string_view::npos ? text.size() : end + 1;
    lines.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return lines;
}

// Gives equal lines equal numbers, which are cheap to compare.
std::vector<int> numbered(std::unordered_map<std::string_view, int>& numbers, const Lines& lines,
                          std::size_t first, std::size_t last) {
  std::vector<int> out;
  out.reserve(last - first);
  for (std::size_t i = first; i < last; ++i)
    out.push_back(numbers.try_emplace(lines[i], static_cast<int>(numbers.size())).first->second);
  return out;
}

// How many lines both have in common, in any order: the most that a comparison can keep.
std::size_t shared(const std::vector<int>& a, const std::vector<int>& b, std::size_t kinds) {
  std::vector<std::size_t> count(kinds);
  for (const int line : a) ++count[static_cast<std::size_t>(line)];
  std::size_t common = 0;
  for (const int line : b) {
    if (count[static_cast<std::size_t>(line)] == 0) continue;
    --count[static_cast<std::size_t>(line)];
    ++common;
  }
  return common;
}

void replace(Script& script, std::size_t removed, std::size_t added) {
  script.insert(script.end(), removed, Edit::remove);
  script.insert(script.end(), added, Edit::add);
}

void compare(Script& script, const std::vector<int>& a, const std::vector<int>& b,
             std::size_t kinds) {
  const std::size_t lines = a.size() + b.size();
  const bool too_many = lines > kMostComparedLines;
  const bool unlike = shared(a, b, kinds) * 20 < lines;
  if (a.empty() || b.empty() || too_many || unlike) return replace(script, a.size(), b.size());
  dtl::Diff<int> diff(a, b);
  diff.onHuge();
  diff.compose();
  for (const auto& step : diff.getSes().getSequence()) {
    const dtl::edit_t kind = step.second.type;
    script.push_back(kind == dtl::SES_ADD      ? Edit::add
                     : kind == dtl::SES_DELETE ? Edit::remove
                                               : Edit::keep);
  }
}

Script edit_script(const Lines& before, const Lines& after) {
  const std::size_t shorter = std::min(before.size(), after.size());
  std::size_t head = 0, tail = 0;
  while (head < shorter && before[head] == after[head]) ++head;
  while (tail < shorter - head &&
         before[before.size() - 1 - tail] == after[after.size() - 1 - tail])
    ++tail;
  Script script(head, Edit::keep);
  std::unordered_map<std::string_view, int> numbers;
  const auto a = numbered(numbers, before, head, before.size() - tail);
  const auto b = numbered(numbers, after, head, after.size() - tail);
  compare(script, a, b, numbers.size());
  script.insert(script.end(), tail, Edit::keep);
  return script;
}

// "12,3", "12" for one line, "11,0" for none after line 11.
std::string range(std::size_t first, std::size_t count) {
  if (count == 1) return std::to_string(first + 1);
  return fmt::format("{},{}", count == 0 ? first : first + 1, count);
}

bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Splits text into words, runs of spaces, and single other characters.
Lines split_words(std::string_view text) {
  Lines words;
  while (!text.empty()) {
    std::size_t length = 1;
    const bool word = is_word_byte(text.front()), space = text.front() == ' ';
    while (length < text.size() &&
           ((word && is_word_byte(text[length])) || (space && text[length] == ' ')))
      ++length;
    words.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return words;
}

// Writes words that are equal on both sides, and cuts out the middle of a long run.
std::string shortened(const Lines& words, bool whole_line) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words.size() > kMostAlike && i == kAlikeEnds) {
      const std::size_t end = words.size() - kAlikeEnds;
      const bool broken = std::any_of(words.begin() + static_cast<std::ptrdiff_t>(i),
                                      words.begin() + static_cast<std::ptrdiff_t>(end),
                                      [](std::string_view word) { return word == "\n"; });
      out += broken && !whole_line ? " …\n… " : " … ";
      i = end;
    }
    out += words[i];
  }
  return out;
}

std::string marked_words(std::string_view before, std::string_view after, const WordMarks& marks) {
  const Lines a = split_words(before), b = split_words(after);
  const Script script = edit_script(a, b);
  std::string out, removed, added;
  Lines alike;
  const auto put = [&](std::string& text, std::string_view begin, std::string_view end) {
    // Marks each line on its own, because colours must not cross the end of a line.
    while (!text.empty()) {
      const std::size_t line = std::min(text.find('\n'), text.size());
      if (line != 0) ((out += begin) += text.substr(0, line)) += end;
      if (line < text.size()) out += '\n';
      text.erase(0, line + 1);
    }
  };
  const auto flush_changes = [&] {
    put(removed, marks.removed_begin, marks.removed_end);
    put(added, marks.added_begin, marks.added_end);
  };
  std::size_t at_a = 0, at_b = 0;
  for (const Edit edit : script) {
    if (edit == Edit::keep) {
      flush_changes();
      alike.push_back(a[at_a]);
    } else {
      out += shortened(alike, false);
      alike.clear();
      edit == Edit::remove ? removed += a[at_a] : added += b[at_b];
    }
    if (edit != Edit::add) ++at_a;
    if (edit != Edit::remove) ++at_b;
  }
  flush_changes();
  return out + shortened(alike, false);
}

class HunkWriter {
 public:
  // `words` null: compares whole lines.
  HunkWriter(const Lines& before, const Lines& after, const Script& script, const WordMarks* words)
      : before_(before), after_(after), script_(script), words_(words) {}

  std::string text() {
    for (std::size_t at = 0; at < script_.size();) {
      const auto change = std::find_if(script_.begin() + static_cast<std::ptrdiff_t>(at),
                                       script_.end(), [](Edit e) { return e != Edit::keep; });
      const auto next = static_cast<std::size_t>(change - script_.begin());
      if (next == script_.size()) break;
      const std::size_t begin = std::max(at, next - std::min(next, kContext));
      skip(begin - at);
      const std::size_t end = hunk_end(next);
      write(begin, end);
      at = end;
    }
    return std::move(out_);
  }

 private:
  void skip(std::size_t kept) { a_ += kept, b_ += kept; }

  // Changes with no more than twice the context between them share a hunk.
  std::size_t hunk_end(std::size_t change) const {
    std::size_t last_change = change;
    for (std::size_t i = change; i < script_.size() && i <= last_change + 2 * kContext + 1; ++i)
      if (script_[i] != Edit::keep) last_change = i;
    return std::min(script_.size(), last_change + 1 + kContext);
  }

  void write(std::size_t begin, std::size_t end) {
    const std::size_t a = a_, b = b_;
    const std::string body = words_ ? worded(begin, end) : lined(begin, end);
    out_ += fmt::format("@@ -{} +{} @@\n", range(a, a_ - a), range(b, b_ - b)) + body;
  }

  std::string lined(std::size_t begin, std::size_t end) {
    std::string body;
    for (std::size_t i = begin; i < end; ++i) {
      const Edit edit = script_[i];
      const std::string_view line = take(edit);
      (body += static_cast<char>(edit)) += line;
      if (!line.ends_with('\n')) (body += '\n') += kNoNewline;
    }
    return body;
  }

  // Compares lines that were removed and added together word by word.
  std::string worded(std::size_t begin, std::size_t end) {
    std::string body, removed, added;
    const auto flush = [&] {
      if (!removed.empty() || !added.empty()) body += marked_words(removed, added, *words_);
      removed.clear();
      added.clear();
    };
    for (std::size_t i = begin; i < end; ++i) {
      const Edit edit = script_[i];
      const std::string_view line = take(edit);
      if (edit == Edit::remove) removed += line;
      if (edit == Edit::add) added += line;
      if (edit != Edit::keep) continue;
      flush();
      body += shortened(split_words(line), true);
    }
    flush();
    return body.ends_with('\n') ? body : body + "\n";
  }

  std::string_view take(Edit edit) {
    const std::string_view line = edit == Edit::add ? after_[b_] : before_[a_];
    if (edit != Edit::add) ++a_;
    if (edit != Edit::remove) ++b_;
    return line;
  }

  const Lines &before_, &after_;
  const Script& script_;
  const WordMarks* words_;
  std::size_t a_ = 0, b_ = 0;  // lines already written or skipped
  std::string out_;
};

}  // namespace

bool is_binary(std::string_view content) {
  return content.substr(0, kBinaryProbe).find('\0') != std::string_view::npos;
}

LineCounts count_lines(std::string_view before, std::string_view after) {
  const Script script = edit_script(split_lines(before), split_lines(after));
  const auto count = [&](Edit edit) {
    return static_cast<std::size_t>(std::count(script.begin(), script.end(), edit));
  };
  return {count(Edit::remove), count(Edit::add)};
}

bool has_long_lines(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end > kLongLine) return true;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return false;
}

std::string unified_hunks(std::string_view before, std::string_view after) {
  const Lines a = split_lines(before), b = split_lines(after);
  return HunkWriter(a, b, edit_script(a, b), nullptr).text();
}

std::string word_hunks(std::string_view before, std::string_view after, const WordMarks& marks) {
  const Lines a = split_lines(before), b = split_lines(after);
  return HunkWriter(a, b, edit_script(a, b), &marks).text();
}

}  // namespace vcs::cli
