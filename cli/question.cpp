// SPDX-License-Identifier: Apache-2.0
// Reads byte by byte, so that nothing behind the line is taken, and gives up when asked to stop.
#include "cli/question.hpp"

#include <poll.h>
#include <unistd.h>

namespace vcs::cli {
namespace {

constexpr int kPollMilliseconds = 100;

}  // namespace

std::optional<std::string> ask(const Context& context, const std::string& question) {
  if (context.json() || !context.terminal().err || isatty(STDIN_FILENO) == 0) return std::nullopt;
  context.err().write(question);
  (void)context.err().flush();
  std::string line;
  for (;;) {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    const int ready = ::poll(&input, 1, kPollMilliseconds);
    if (context.cancelled()) return std::string();
    if (ready <= 0) continue;
    char typed = 0;
    if (::read(STDIN_FILENO, &typed, 1) != 1 || typed == '\n') return line;
    line += typed;
  }
}

}  // namespace vcs::cli
