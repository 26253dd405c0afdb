// SPDX-License-Identifier: Apache-2.0
// Repairs the packs of a store from their own bytes: it writes wrong indexes again, copies the
// readable objects of damaged packs into new packs, and puts the damaged files aside. It deletes
// nothing. docs/decisions/repair.md
//
// After a crash at any moment the store opens, and another repair continues the work. Saves and
// reads go on meanwhile.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "core/base/log.hpp"
#include "core/store/object_store.hpp"

namespace vcs::store {

struct PackRepairOptions {
  bool dry_run = false;  // only report what a repair would do
  object::HashProvider hash_provider = object::HashProvider::libsodium;
  const std::atomic<bool>* cancel = nullptr;
  std::function<void(std::uint64_t bytes_done, std::uint64_t bytes_total)> progress;
};

struct PackRepairReport {
  std::uint64_t indexes = 0;                          // written again
  std::uint64_t packs = 0;                            // that were damaged
  std::uint64_t objects_saved = 0, objects_lost = 0;  // of those packs
  std::vector<std::string> aside;                     // names of files that were put aside
  std::vector<std::string> problems;                  // whole sentences: what the repair failed at
};

// Reads every pack as a whole. `make_aside` opens the folder for damaged files and creates it if it
// is missing; it is called before the first file is put there.
using MakeAside = std::function<Result<std::unique_ptr<base::Directory>>()>;
Result<PackRepairReport> repair_packs(ObjectStore& store, const MakeAside& make_aside,
                                      const PackRepairOptions& options, const base::Log& log);

}  // namespace vcs::store
