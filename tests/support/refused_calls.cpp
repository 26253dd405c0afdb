// SPDX-License-Identifier: Apache-2.0
// Sets a filter of system calls (seccomp), which holds for the thread that sets it.
#include "tests/support/refused_calls.hpp"

#ifdef __linux__
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <catch2/catch.hpp>
#include <cerrno>
#include <cstddef>
#include <exception>
#include <thread>

namespace vcs::test {

#ifdef __linux__

namespace {

sock_filter load(std::size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}

std::vector<sock_filter> filter_of(const std::vector<RefusedCall>& calls) {
  std::vector<sock_filter> filter;
  for (const RefusedCall& call : calls) {
    const auto number = static_cast<std::uint32_t>(call.number);
    const auto refusal = SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(call.os_error);
    filter.push_back(load(offsetof(seccomp_data, nr)));
    if (call.flags < 0) {
      filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1));
    } else {
      filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 3));
      filter.push_back(load(offsetof(seccomp_data, args) +
                            sizeof(std::uint64_t) * static_cast<std::size_t>(call.flags)));
      filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0));
    }
    filter.push_back(BPF_STMT(BPF_RET | BPF_K, refusal));
  }
  filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  return filter;
}

bool refuse_from_now_on(const std::vector<RefusedCall>& calls) {
  std::vector<sock_filter> filter = filter_of(calls);
  sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

}  // namespace

std::vector<RefusedCall> calls_of_a_poor_filesystem() {
  return {{SYS_renameat2, EINVAL, 4}, {SYS_linkat, EPERM},      {SYS_fsync, EINVAL},
          {SYS_flistxattr, ENOTSUP},  {SYS_fgetxattr, ENOTSUP}, {SYS_fsetxattr, ENOTSUP},
          {SYS_fremovexattr, ENOTSUP}};
}

bool with_refused(const std::vector<RefusedCall>& calls, const std::function<void()>& work) {
  bool refused = false;
  std::exception_ptr thrown;
  std::thread([&] {
    refused = refuse_from_now_on(calls);
    if (!refused) return;
    try {
      work();
    } catch (...) {
      thrown = std::current_exception();
    }
  }).join();
  if (thrown) std::rethrow_exception(thrown);
  if (!refused) WARN("skipped: this system lets no program filter its own system calls");
  return refused;
}

#else

std::vector<RefusedCall> calls_of_a_poor_filesystem() {
  return {};
}

bool with_refused(const std::vector<RefusedCall>&, const std::function<void()>&) {
  WARN("skipped: filters of system calls are Linux's");
  return false;
}

#endif

}  // namespace vcs::test
