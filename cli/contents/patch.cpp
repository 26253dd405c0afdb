// SPDX-License-Identifier: Apache-2.0
// Prints hunks of lines or words, with colours on a terminal.
#include "cli/contents/patch.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/render/unified_diff.hpp"
#include "core/base/byte_size.hpp"

namespace vcs::cli {
namespace {

std::string painted_hunks(const std::string& hunks, const Style& style) {
  std::string out;
  std::string_view rest = hunks;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const std::string line = escaped_text(rest.substr(0, end));
    const char first = line.front();
    out += first == '@'   ? style.place(line)
           : first == '+' ? style.good(line)
           : first == '-' ? style.bad(line)
                          : line;
    out += '\n';
    rest.remove_prefix(end + 1);
  }
  return out;
}

// A pipe gets the bytes of the patch unchanged; a terminal gets no control characters.
std::string shown_hunks(const Context& context, const std::string& hunks) {
  return context.terminal().out ? painted_hunks(hunks, context.style()) : hunks;
}

// Whether to compare words: if lines are long and the output is a terminal.
bool by_words(const Context& context, const std::string& before, const std::string& after) {
  if (context.line().has("--words")) return true;
  if (context.line().has("--lines") || !context.terminal().out) return false;
  return has_long_lines(before) || has_long_lines(after);
}

std::string shown_words(const Context& context, const std::string& before,
                        const std::string& after) {
  const bool colour = !context.style().good("x").starts_with('x');
  const WordMarks coloured{"\x1b[31m", "\x1b[0m", "\x1b[32m", "\x1b[0m"};
  const auto shown = [&](const std::string& text) {
    return context.terminal().out ? escaped_text(text) : text;
  };
  return word_hunks(shown(before), shown(after), colour ? coloured : WordMarks());
}

}  // namespace

Result<void> print_patch(const Context& context, ChangeReader& reader,
                         const ipc::ChangeInfo& change) {
  VCS_ASSIGN(const ChangedContents both, reader.read(change));
  const std::string name = escaped(change.path);
  switch (both.kind) {
    case ChangedContents::Kind::same:
      return {};
    case ChangedContents::Kind::too_large:
      context.out().write(
          fmt::format("{} is too large to show ({})\n", name,
                      base::humanize_bytes(std::max(change.size_before, change.size_after))));
      return {};
    case ChangedContents::Kind::binary:
      context.out().write(fmt::format("Binary files a/{0} and b/{0} differ\n", name));
      return {};
    case ChangedContents::Kind::text:
      break;
  }
  const Style& style = context.style();
  context.out().write(
      style.strong("--- " + (has_content(change.type_before) ? "a/" + name : "/dev/null")) + "\n" +
      style.strong("+++ " + (has_content(change.type_after) ? "b/" + name : "/dev/null")) + "\n" +
      (by_words(context, both.before, both.after)
           ? shown_words(context, both.before, both.after)
           : shown_hunks(context, unified_hunks(both.before, both.after))));
  return context.out().flush();
}

}  // namespace vcs::cli
