// SPDX-License-Identifier: Apache-2.0
// Finds the kind of disk that a folder lies on, as far as the system knows it, and how many threads
// should read from it at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "core/base/names.hpp"

namespace vcs::agent::watch {

enum class StorageKind {
  unknown,   // also a virtual disk, which calls itself rotational whatever it lies on
  solid,     // no moving parts: a solid-state disk, or memory
  spinning,  // heads that have to move
  network,   // a server, or a program of the user, answers each call
  kernel,    // no disk: the kernel makes the content of files when they are read
};

constexpr auto names_of(StorageKind) {
  using enum StorageKind;
  return base::names<StorageKind>({{unknown, "unknown"},
                                   {solid, "solid"},
                                   {spinning, "spinning"},
                                   {network, "network"},
                                   {kernel, "unknown"}});  // nobody watches such a folder
}

// The best number of readers for such a disk; 0: no limit.
//
// Two for a spinning disk: a head that moves between many files reads none of them quickly, but one
// reader can wait for the disk while the other works on its data. Eight for a server: many requests
// at once hide its delay, but it has few threads for all its clients (nfsd of Linux: eight).
std::size_t readers_of(StorageKind kind);

// The kind of the disk that holds `folder`. Asks the system and may block as long as the disk does:
// never called on the loop. From any thread.
using StorageProbe = std::function<StorageKind(const std::string& folder)>;
StorageKind probe_system_storage(const std::string& folder);

// --- The parts, for tests ---

// The kind for the magic number that statfs(2) of Linux gives; unknown: it depends on the disk.
StorageKind kind_of_filesystem(std::uint64_t magic);
// The kind of a block device, read below `devices` (/sys/dev/block). A partition has the kind of
// its disk.
StorageKind kind_of_device(const std::string& devices, unsigned major, unsigned minor);

}  // namespace vcs::agent::watch
