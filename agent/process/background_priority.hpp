// SPDX-License-Identifier: Apache-2.0
// Background priority, for threads whose work can wait: they get only the processor and disk time
// that no other thread wants.
#pragma once

namespace vcs::agent::process {

// Lowers the priority of the calling thread for good: the system lets only root raise it again.
// Linux: nice 19 and the idle class of disk access. macOS: the background class, which also keeps
// such work from draining a battery. Elsewhere, or where the system refuses, nothing happens.
void use_background_priority();

}  // namespace vcs::agent::process
