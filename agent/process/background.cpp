// SPDX-License-Identifier: Apache-2.0
// fork(), and a pipe through which the child reports that it listens, or why not.
#include "agent/process/background.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace vcs::agent::process {
namespace {

// A child that listens sends this byte. Any other text is its error.
constexpr char kReady = 0;

[[noreturn]] void await_child(int pipe, const std::string& log_path) {
  std::string told;
  char piece[256];
  for (ssize_t got; (got = read(pipe, piece, sizeof(piece))) != 0;) {
    if (got > 0) told.append(piece, static_cast<std::size_t>(got));
    if (got < 0 && errno != EINTR) break;
  }
  if (told == std::string(1, kReady)) _exit(0);
  if (told.empty()) told = "did not start; see " + log_path;
  std::fprintf(stderr, "vcsd: %s\n", told.c_str());
  _exit(1);
}

}  // namespace

Result<Background> Background::enter(const std::string& logs, base::FileSystem& filesystem) {
  VCS_TRY(filesystem.make_directories(logs));
  const std::string log_path = logs + "/vcsd.log";
  Background background;
  VCS_ASSIGN(background.log_, LogFile::open(log_path));
  int ready[2];
  if (pipe2(ready, O_CLOEXEC) != 0) return base::fail_errno(errno, "making a pipe");
  const pid_t child = fork();
  if (child < 0) return base::fail_errno(errno, "starting a process");
  if (child > 0) {
    close(ready[1]);
    await_child(ready[0], log_path);
  }
  setsid();
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  dup2(nothing, STDIN_FILENO);
  dup2(nothing, STDOUT_FILENO);
  background.log_->take_standard_error();
  close(ready[0]);
  background.parent_.reset(ready[1]);
  return background;
}

void Background::tell(std::string_view text) {
  if (parent_.valid()) (void)!write(parent_.get(), text.data(), text.size());
  parent_ = {};
}

void Background::ready() {
  tell({&kReady, 1});
}

void Background::failed(const Error& error) {
  tell(error.message);
}

}  // namespace vcs::agent::process
