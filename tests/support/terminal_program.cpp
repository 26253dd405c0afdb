// SPDX-License-Identifier: Apache-2.0
// Opens a pseudo terminal, and runs the program as the leader of its session.
#include "tests/support/terminal_program.hpp"

#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>

namespace vcs::test {

CommandResult run_in_terminal(const std::vector<std::string>& command, const std::string& typed) {
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  int terminal = -1;
  const pid_t child = forkpty(&terminal, nullptr, nullptr, nullptr);
  REQUIRE(child >= 0);
  if (child == 0) {
    execv(words[0], words.data());
    _exit(127);
  }
  REQUIRE(write(terminal, typed.data(), typed.size()) == static_cast<ssize_t>(typed.size()));
  CommandResult result;
  std::array<char, 4096> shown{};
  // read() fails once no process has the terminal open any more: that is the end.
  for (ssize_t got = 0; (got = read(terminal, shown.data(), shown.size())) > 0;)
    result.out.append(shown.data(), static_cast<std::size_t>(got));
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  close(terminal);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

}  // namespace vcs::test
