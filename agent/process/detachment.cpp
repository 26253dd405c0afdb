// SPDX-License-Identifier: Apache-2.0
// Each step stands alone: the agent starts even if the system refuses one.
#include "agent/process/detachment.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>
#ifdef __linux__
#include <sched.h>
#include <sys/syscall.h>
#endif

#include <algorithm>

namespace vcs::agent::process {
namespace {

constexpr std::size_t kLeastStack = 2u << 20;  // a thread's default where no limit is set

void open_missing_streams() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd)
    if (fcntl(fd, F_GETFD) < 0) (void)!open("/dev/null", O_RDWR);  // gets the lowest number: fd
}

void close_all_but_streams() {
#ifdef __linux__
  if (close_range(STDERR_FILENO + 1, ~0U, 0) == 0) return;
#endif
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  for (int fd = STDERR_FILENO + 1; fd < static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 65'536));
       ++fd)
    close(fd);
}

void reset_signals() {
  for (int number = 1; number < NSIG; ++number)
    if (number != SIGKILL && number != SIGSTOP) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Raises the limits that a shell's `ulimit` may have lowered. Only root can raise a hard limit.
void raise_limits() {
  for (const int kind : {RLIMIT_FSIZE, RLIMIT_AS, RLIMIT_DATA, RLIMIT_CPU}) {
    rlimit limit{RLIM_INFINITY, RLIM_INFINITY};
    if (setrlimit(kind, &limit) == 0 || getrlimit(kind, &limit) != 0) continue;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(kind, &limit);
  }
  // No core dumps: the agent's memory holds people's files.
  rlimit no_core{};
  if (getrlimit(RLIMIT_CORE, &no_core) == 0) {
    no_core.rlim_cur = 0;
    setrlimit(RLIMIT_CORE, &no_core);
  }
}

// Takes the priority of an ordinary program, not that of a starter under `nice` or of a browser.
void take_usual_priority() {
  setpriority(PRIO_PROCESS, 0, 0);
#ifdef __linux__
  const sched_param usual{};
  if (sched_getscheduler(0) != SCHED_OTHER) sched_setscheduler(0, SCHED_OTHER, &usual);
  constexpr int kOfProcess = 1, kNoClass = 0;  // of ioprio_set(2)
  syscall(SYS_ioprio_set, kOfProcess, 0, kNoClass);
  const int score = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (score < 0) return;
  (void)!write(score, "0", 1);
  close(score);
#endif
}

// A shell's stack limit becomes the stack size of each thread: raise it if it is too small.
void keep_room_for_stacks() {
#ifdef __GLIBC__
  pthread_attr_t attributes;
  std::size_t size = 0;
  if (pthread_getattr_default_np(&attributes) != 0) return;
  pthread_attr_getstacksize(&attributes, &size);
  if (size < kLeastStack && pthread_attr_setstacksize(&attributes, kLeastStack) == 0)
    pthread_setattr_default_np(&attributes);
  pthread_attr_destroy(&attributes);
#endif
}

}  // namespace

void make_signals_and_streams_safe() {
  open_missing_streams();
  keep_room_for_stacks();
  // A write to a reader that has gone, or beyond a limit, is an error to us and not the end.
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
}

void leave_starter_behind() {
  close_all_but_streams();
  reset_signals();
  make_signals_and_streams_safe();
  raise_limits();
  take_usual_priority();
  (void)!chdir("/");
}

}  // namespace vcs::agent::process
