// SPDX-License-Identifier: Apache-2.0
// What kind of disk a folder lies on, as far as the system tells, and how many may read from it at
// once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "core/base/names.hpp"

namespace vcs::agent::watch {

enum class StorageKind {
  unknown,   // nobody tells, or a virtual disk, which says that it turns whatever it lies on
  solid,     // nothing moves: a solid disk, or memory
  spinning,  // heads that have to travel
  network,   // a server, or a program of the user, answers each call
  kernel,    // no disk: the kernel makes its files up as they are read
};

constexpr auto names_of(StorageKind) {
  using enum StorageKind;
  return base::names<StorageKind>({{unknown, "unknown"},
                                   {solid, "solid"},
                                   {spinning, "spinning"},
                                   {network, "network"},
                                   {kernel, "unknown"}});  // nobody watches such a folder
}

// Readers that serve such a disk best; 0: there is no limit.
//
// A head that travels between many files reads none of them quickly: two readers, so that one has
// asked already while the other one's answer is worked on. A server answers late, which company
// hides, but it has few threads for all its clients (nfsd of Linux: eight): eight readers.
std::size_t readers_of(StorageKind kind);

// The kind of the disk that holds `folder`. Asks the system and may block as long as the disk does:
// never called on the loop. From any thread.
using StorageProbe = std::function<StorageKind(const std::string& folder)>;
StorageKind probe_system_storage(const std::string& folder);

// --- The parts, for tests ---

// By the number that statfs tells of a filesystem of Linux; unknown: it says nothing of the disk.
StorageKind kind_of_filesystem(std::uint64_t magic);
// By what the system tells of a block device below `devices` (/sys/dev/block). A partition is what
// its disk is.
StorageKind kind_of_device(const std::string& devices, unsigned major, unsigned minor);

}  // namespace vcs::agent::watch
