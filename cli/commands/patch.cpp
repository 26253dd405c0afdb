// SPDX-License-Identifier: Apache-2.0
// Both contents are fetched and compared here: the agent has no part in it.
#include "cli/commands/patch.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/content.hpp"
#include "cli/render/unified_diff.hpp"
#include "core/base/byte_size.hpp"

namespace vcs::cli {
namespace {

using base::Result;

constexpr std::uint64_t kLargestShown = std::uint64_t{8} << 20;

// The text of one side; "" where the file is not there.
Result<std::string> side(ipc::Client& client, const std::string& repository,
                         const std::string& commit, const std::string& path,
                         const std::string& type) {
  std::string text;
  if (type != "file" && type != "symlink") return text;
  VCS_TRY(
      read_content(client, {repository, commit, path}, [&](std::string_view bytes) -> Result<void> {
        text += bytes;
        return {};
      }));
  return text;
}

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

// Whoever pipes a patch wants its bytes; a terminal gets no control characters.
std::string shown_hunks(const Context& context, const std::string& hunks) {
  return context.terminal().out ? painted_hunks(hunks, context.style()) : hunks;
}

// Words or lines? Words where lines are long and a person reads.
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

base::Result<void> print_patch(const Context& context, ipc::Client& client, const PatchSides& sides,
                               const ipc::ChangeInfo& change) {
  const bool nothing_before = change.type_before.empty() || change.type_before == "directory";
  const bool nothing_after = change.type_after.empty() || change.type_after == "directory";
  if (change.id_before == change.id_after || (nothing_before && nothing_after)) return {};
  const std::string name = escaped(change.path);
  if (std::max(change.size_before, change.size_after) > kLargestShown) {
    context.out().write(
        fmt::format("{} is too large to show ({})\n", name,
                    base::humanize_bytes(std::max(change.size_before, change.size_after))));
    return {};
  }
  VCS_ASSIGN(const std::string before,
             side(client, sides.repository, sides.before, change.path, change.type_before));
  VCS_ASSIGN(const std::string after,
             side(client, sides.repository, sides.after, change.path, change.type_after));
  if (is_binary(before) || is_binary(after)) {
    context.out().write(fmt::format("Binary files a/{0} and b/{0} differ\n", name));
    return {};
  }
  const Style& style = context.style();
  context.out().write(
      style.strong(fmt::format("--- {}", nothing_before ? "/dev/null" : "a/" + name)) + "\n" +
      style.strong(fmt::format("+++ {}", nothing_after ? "/dev/null" : "b/" + name)) + "\n" +
      (by_words(context, before, after) ? shown_words(context, before, after)
                                        : shown_hunks(context, unified_hunks(before, after))));
  return context.out().flush();
}

}  // namespace vcs::cli
