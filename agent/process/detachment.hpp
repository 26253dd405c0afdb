// SPDX-License-Identifier: Apache-2.0
// Leaving behind what a process inherits from whoever starts it: an agent lives for months and must
// not hold a shell's lock or disk, nor die of its limits.
#pragma once

namespace vcs::agent::process {

// For every agent: what else would end it without a word. Standard input, output and error are open
// afterwards, so that no file of ours gets one of their numbers.
void make_signals_and_streams_safe();

// For one that goes to the background: no descriptor, working folder, signal mask, limit or
// priority of the starter's is kept, as far as the system allows. Before anything is opened.
void leave_starter_behind();

}  // namespace vcs::agent::process
