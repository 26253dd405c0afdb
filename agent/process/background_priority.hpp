// SPDX-License-Identifier: Apache-2.0
// For threads whose work has time: they get what nobody else wants of the processor and the disk.
#pragma once

namespace vcs::agent::process {

// The calling thread, from now on and for good: the system lets nobody but root take it back.
// Linux: nice 19 and the idle class of disk access. macOS: the background class, which also keeps
// such work from draining a battery. Elsewhere, or where it is refused, nothing happens.
void use_background_priority();

}  // namespace vcs::agent::process
