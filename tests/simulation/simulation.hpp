// SPDX-License-Identifier: Apache-2.0
// One simulated life of an agent and its person: a seed chooses everything that happens.
//
// Real: the whole agent below its service (Agent, WatchedRepository, schedulers, snapshots, store,
// index, commit graph, idle compaction, push, remote wrappers). Simulated: time, the filesystem,
// the watcher, the remotes, chance, and the loop with its background work.
//
// Work in the background pauses where it looks into the worktree, calls a remote, reads a pack for
// a push, or writes a merged one, while everything else goes on. So snapshots, audits, merges,
// pushes and people run within each other.
//
// A replay is exact. One thread runs everything in turns and uses nothing of the real machine but
// memory and arithmetic, so the same seed on the same commit gives the same trace, byte for byte;
// its hash is printed. (An address, a pid or a real time in a trace would be a defect of the
// simulation.)
//
// Not simulated: pauses while a lock is held (the thread sanitizer and the integration tests look
// there), several watched folders, the listener and its requests, the inotify watcher, loss of the
// person's own unsynced writes in a power cut, damage on the disk.
#pragma once

#include <cstdint>
#include <string>

namespace vcs::test {

struct SimulationReport {
  std::uint64_t seed = 0;
  std::uint64_t trace_hash = 0;
  std::uint64_t steps = 0, versions = 0, commits = 0, deaths = 0, refusals = 0;
  std::uint64_t remote_calls = 0, remote_troubles = 0;
  std::string failure;  // empty: every promise was kept
  std::string trace;    // its last part; empty if it was printed live
};

// `live_trace`: prints everything as it happens.
SimulationReport simulate(std::uint64_t seed, bool live_trace = false);

}  // namespace vcs::test
