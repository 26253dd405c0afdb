// SPDX-License-Identifier: Apache-2.0
// What the allocator keeps of memory that was freed.
#pragma once

namespace vcs::base {

// Gives it back to the system, where that is not done by itself: after work that took much of it.
// Takes about a millisecond for ten megabytes, for which other threads may have to wait.
void give_back_freed_memory();

}  // namespace vcs::base
