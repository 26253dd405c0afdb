// SPDX-License-Identifier: Apache-2.0
// Starts the pager with a shell, as other programs do, so that the variable may hold options.
#include "cli/pager.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace vcs::cli {
namespace {

// F: less exits at once if the text fits on the screen. X: it does not clear the screen. R: it
// shows colours.
constexpr const char *kLessOptions = "LESS=FX", *kLessWithColours = "LESS=FRX";

bool is_on_path(const std::string& program, const std::string& path) {
  if (program.find('/') != std::string::npos) return access(program.c_str(), X_OK) == 0;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find(':', begin), path.size());
    const std::string candidate = path.substr(begin, end - begin) + "/" + program;
    if (access(candidate.c_str(), X_OK) == 0) return true;
    begin = end + 1;
  }
  return false;
}

}  // namespace

std::string pager_command(const config::Environment& environment) {
  std::string command = "less";
  for (const char* name : {"PAGER", "VCSCTL_PAGER"})
    if (environment.contains(name)) command = config::variable(environment, name);
  const std::string program = command.substr(0, command.find(' '));
  if (program.empty() || command == "cat") return {};
  // A missing pager would lose all output, so check a simple command on PATH. Only a shell can read
  // any other command.
  const bool simple = program.find_first_of("$'\"`\\(){}<>|&;*?[]~=") == std::string::npos;
  return !simple || is_on_path(program, config::variable(environment, "PATH")) ? command
                                                                               : std::string();
}

Pager::Pager(const std::string& command, const config::Environment& environment, bool colour) {
  int ends[2];
  if (command.empty() || pipe(ends) != 0) return;
  base::FileDescriptor read_end(ends[0]);
  input_ = base::FileDescriptor(ends[1]);
  fcntl(ends[1], F_SETFD, FD_CLOEXEC);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  std::vector<std::string> words = {"sh", "-c", command}, variables;
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  if (!environment.contains("LESS"))
    variables.emplace_back(colour ? kLessWithColours : kLessOptions);
  const auto pointers = [](std::vector<std::string>& texts) {
    std::vector<char*> all;
    all.reserve(texts.size() + 1);
    for (std::string& text : texts) all.push_back(text.data());
    all.push_back(nullptr);
    return all;
  };
  const auto arguments = pointers(words), exported = pointers(variables);
  if (posix_spawn(&child_, "/bin/sh", &actions, nullptr, arguments.data(), exported.data()) != 0)
    child_ = -1;
  posix_spawn_file_actions_destroy(&actions);
}

Pager::~Pager() {
  input_.reset();
  if (child_ <= 0) return;
  int status = 0;
  while (waitpid(child_, &status, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace vcs::cli
