// SPDX-License-Identifier: Apache-2.0
// Drops what the process inherited from its starter: an agent lives for months and must neither
// hold a shell's lock or disk, nor die of the shell's limits.
#pragma once

namespace vcs::agent::process {

// For every agent: ignores the signals that would end it without a message, and keeps stacks large
// enough. Opens standard input, output and error where they are closed, so that no file of ours
// gets one of their numbers.
void make_signals_and_streams_safe();

// For an agent that goes to the background: drops the starter's descriptors, working folder, signal
// mask, limits and priority, as far as the system allows. To be called before anything is opened.
void leave_starter_behind();

}  // namespace vcs::agent::process
