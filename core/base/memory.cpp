// SPDX-License-Identifier: Apache-2.0
// The C library of GNU keeps what lies between blocks that are still in use until it is asked.
#include "core/base/memory.hpp"

#include <cstdlib>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace vcs::base {

void give_back_freed_memory() {
#ifdef __GLIBC__
  (void)malloc_trim(0);
#endif
}

}  // namespace vcs::base
