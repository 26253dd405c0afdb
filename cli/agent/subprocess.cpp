// SPDX-License-Identifier: Apache-2.0
// Two pipes and one poll loop.
#include "cli/agent/subprocess.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "core/base/file_descriptor.hpp"

namespace vcs::cli {
namespace {

using base::FileDescriptor;

struct Pipe {
  FileDescriptor read, write;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (pipe(ends) != 0) return base::fail_errno(errno, "making a pipe");
  Pipe made{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
  for (const int end : ends) fcntl(end, F_SETFD, FD_CLOEXEC);
  return made;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (std::string& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

// Reads both pipes until both are closed.
void drain(const FileDescriptor& out, const FileDescriptor& err, Ran& ran) {
  std::array<pollfd, 2> polled{pollfd{out.get(), POLLIN, 0}, pollfd{err.get(), POLLIN, 0}};
  const std::array<std::string*, 2> texts{&ran.out, &ran.err};
  while (polled[0].fd >= 0 || polled[1].fd >= 0) {
    if (poll(polled.data(), polled.size(), -1) < 0 && errno != EINTR) return;
    for (std::size_t i = 0; i < polled.size(); ++i) {
      if (polled[i].fd < 0 || polled[i].revents == 0) continue;
      std::array<char, 4096> piece;
      const ssize_t got = read(polled[i].fd, piece.data(), piece.size());
      if (got > 0) texts[i]->append(piece.data(), static_cast<std::size_t>(got));
      if (got == 0 || (got < 0 && errno != EINTR)) polled[i].fd = -1;
    }
  }
}

}  // namespace

Result<Ran> run_program(const CommandLine& line, const config::Environment& environment) {
  std::vector<std::string> words = line, variables;
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  const auto arguments = pointers(words), settings = pointers(variables);
  VCS_ASSIGN(Pipe out, make_pipe());
  VCS_ASSIGN(Pipe err, make_pipe());
  posix_spawn_file_actions_t streams;
  posix_spawn_file_actions_init(&streams);
  posix_spawn_file_actions_addopen(&streams, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&streams, out.write.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&streams, err.write.get(), STDERR_FILENO);
  pid_t child = 0;
  const int error =
      posix_spawnp(&child, arguments[0], &streams, nullptr, arguments.data(), settings.data());
  posix_spawn_file_actions_destroy(&streams);
  if (error != 0) return base::fail_errno(error, "running " + line[0]);
  out.write.reset();
  err.write.reset();
  Ran ran;
  drain(out.read, err.read, ran);
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return base::fail_errno(errno, "waiting for " + line[0]);
  ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  return ran;
}

std::string last_line(const std::string& text) {
  const std::size_t last = text.find_last_not_of(" \n");
  if (last == std::string::npos) return {};
  const std::size_t before = text.rfind('\n', last);
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  return text.substr(begin, last + 1 - begin);
}

}  // namespace vcs::cli
