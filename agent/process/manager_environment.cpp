// SPDX-License-Identifier: Apache-2.0
// systemd's variables, as in systemd.exec(5) and sd_notify(3).
#include "agent/process/manager_environment.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

namespace vcs::agent::process {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

// $SYSTEMD_EXEC_PID names the started process. A manager too old to set it must be our parent: the
// system's (process 1) or a person's ($MANAGERPID).
bool started_this_process() {
  const std::string process = variable("SYSTEMD_EXEC_PID");
  if (!process.empty()) return process == std::to_string(getpid());
  const pid_t parent = getppid();
  return !variable("NOTIFY_SOCKET").empty() &&
         (parent == 1 || variable("MANAGERPID") == std::to_string(parent));
}

// $JOURNAL_STREAM is the "device:inode" of the standard error that the manager opened.
bool is_journal() {
  struct stat status {};
  return fstat(STDERR_FILENO, &status) == 0 &&
         variable("JOURNAL_STREAM") == fmt::format("{}:{}", status.st_dev, status.st_ino);
}

base::Nanos watchdog_time() {
  const std::string process = variable("WATCHDOG_PID");
  if (!process.empty() && process != std::to_string(getpid())) return base::Nanos{0};
  return std::chrono::microseconds(std::atoll(variable("WATCHDOG_USEC").c_str()));
}

}  // namespace

ManagerEnvironment take_manager_environment() {
  ManagerEnvironment found;
  found.managed = started_this_process();
  found.journal = is_journal();
  if (found.managed) {
    found.notify_socket = variable("NOTIFY_SOCKET");
    found.watchdog = watchdog_time();
  }
  for (const char* name :
       {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "JOURNAL_STREAM", "SYSTEMD_EXEC_PID",
        "INVOCATION_ID", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "MAINPID", "MANAGERPID"})
    unsetenv(name);
  return found;
}

}  // namespace vcs::agent::process
