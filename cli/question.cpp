// SPDX-License-Identifier: Apache-2.0
// Reads byte by byte, so that it takes nothing after the line, and stops when the person asks to.
#include "cli/question.hpp"

#include <poll.h>
#include <unistd.h>

namespace vcs::cli {
namespace {

constexpr int kPollMilliseconds = 100;

struct Line {
  std::string text;
  bool whole = false;  // the newline was typed
};

Line read_line(const Context& context) {
  Line line;
  for (;;) {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    const int ready = ::poll(&input, 1, kPollMilliseconds);
    if (context.cancelled()) return {};
    if (ready <= 0) continue;
    char typed = 0;
    if (::read(STDIN_FILENO, &typed, 1) != 1) return line;
    if (typed == '\n') line.whole = true;
    if (line.whole) return line;
    line.text += typed;
  }
}

std::optional<Line> ask_for_line(const Context& context, const std::string& question) {
  if (context.json() || !context.terminal().err || isatty(STDIN_FILENO) == 0) return std::nullopt;
  context.err().write(question);
  (void)context.err().flush();
  return read_line(context);
}

}  // namespace

std::optional<std::string> ask(const Context& context, const std::string& question) {
  auto line = ask_for_line(context, question);
  if (!line) return std::nullopt;
  return std::move(line->text);
}

std::optional<Result<bool>> ask_whether(const Context& context, const std::string& question,
                                        bool usual) {
  for (;;) {
    const auto line = ask_for_line(context, question + (usual ? " [Y/n] " : " [y/N] "));
    if (!line) return std::nullopt;
    if (!line->whole && line->text.empty())
      return Result<bool>(fail(ErrorCode::cancelled, "nothing was answered, and nothing was done"));
    if (line->text.empty()) return usual;
    if (line->text == "y" || line->text == "Y" || line->text == "yes") return true;
    if (line->text == "n" || line->text == "N" || line->text == "no") return false;
  }
}

}  // namespace vcs::cli
