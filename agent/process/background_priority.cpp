// SPDX-License-Identifier: Apache-2.0
// Sets the priority of a thread, system by system.
#include "agent/process/background_priority.hpp"

#ifdef __linux__
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif
#ifdef __APPLE__
#include <pthread/qos.h>
#endif

namespace vcs::agent::process {

void use_background_priority() {
#ifdef __linux__
  // From linux/ioprio.h, which not every system has. In Linux a thread is a process to both calls.
  constexpr int kWhoProcess = 1, kClassIdle = 3, kClassShift = 13;
  (void)setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), 19);
  (void)syscall(SYS_ioprio_set, kWhoProcess, 0, kClassIdle << kClassShift);
#endif
#ifdef __APPLE__
  (void)pthread_set_qos_class_self_np(QOS_CLASS_BACKGROUND, 0);
#endif
}

}  // namespace vcs::agent::process
