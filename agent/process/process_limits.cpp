// SPDX-License-Identifier: Apache-2.0
// Asked of the system once, at start.
#include "agent/process/process_limits.hpp"

#ifdef __GLIBC__
#include <malloc.h>
#endif
#ifdef __linux__
#include <linux/capability.h>
#include <sys/prctl.h>
#endif
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

namespace vcs::agent::process {
namespace {

constexpr rlim_t kWantedDescriptors = 65'536;
constexpr std::size_t kFewestDescriptors = 256;  // that any system gives

}  // namespace

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return kFewestDescriptors;
  const rlim_t before = limit.rlim_cur;
  // Root may have more than a shell's `ulimit` left.
  const rlimit wanted{kWantedDescriptors, std::max(limit.rlim_max, kWantedDescriptors)};
  if (before < kWantedDescriptors && setrlimit(RLIMIT_NOFILE, &wanted) == 0)
    return kWantedDescriptors;
  limit.rlim_cur = std::min(std::max(limit.rlim_cur, kWantedDescriptors), limit.rlim_max);
  return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before;
}

// The C library keeps an arena for each thread that ever allocated, and what is freed in one of
// them stays with the process. Two arenas are enough for the few threads that work at once; buffers
// the size of a pack are mapped, so that they are gone when they are freed.
void bound_kept_memory() {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  mallopt(M_TRIM_THRESHOLD, 4 << 20);
#endif
}

// Root can, unless its service manager took that right away; inside a user namespace, where other
// people's files seem to be nobody's, it has.
bool may_give_files_away() {
#ifdef __linux__
  if (::prctl(PR_CAPBSET_READ, CAP_CHOWN) == 0) return false;
#endif
  return ::geteuid() == 0;
}

}  // namespace vcs::agent::process
