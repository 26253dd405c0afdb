// SPDX-License-Identifier: Apache-2.0
// Each limit is asked or set once, at start.
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
constexpr std::size_t kFewestDescriptors = 256;  // every system gives as many

}  // namespace

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return kFewestDescriptors;
  const rlim_t before = limit.rlim_cur;
  // Root may raise the hard limit that a shell's `ulimit` lowered.
  const rlimit wanted{kWantedDescriptors, std::max(limit.rlim_max, kWantedDescriptors)};
  if (before < kWantedDescriptors && setrlimit(RLIMIT_NOFILE, &wanted) == 0)
    return kWantedDescriptors;
  limit.rlim_cur = std::min(std::max(limit.rlim_cur, kWantedDescriptors), limit.rlim_max);
  return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before;
}

// The C library keeps an arena for each thread that ever allocated, and memory freed in an arena
// stays with the process. Two arenas are enough for the few threads that work at once. Buffers of
// the size of a pack are mapped, so that freeing them returns them to the system.
void bound_kept_memory() {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  mallopt(M_TRIM_THRESHOLD, 4 << 20);
#endif
}

// Root can, unless its service manager took CAP_CHOWN away, as it does in a user namespace, where
// other users' files appear to belong to nobody.
bool may_give_files_away() {
#ifdef __linux__
  if (::prctl(PR_CAPBSET_READ, CAP_CHOWN) == 0) return false;
#endif
  return ::geteuid() == 0;
}

}  // namespace vcs::agent::process
