// SPDX-License-Identifier: Apache-2.0
// Repairs the packs of a store from what is in them: indexes are made anew, what can be read of
// damaged packs goes into new ones, and the damaged files are put aside. Nothing is deleted.
// docs/decisions/repair.md
//
// A crash at any moment leaves a store that opens, and that another repair goes on with. Saving and
// reading go on meanwhile.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "core/base/log.hpp"
#include "core/store/object_store.hpp"

namespace vcs::store {

struct PackRepairOptions {
  bool dry_run = false;  // only say what would be done
  object::HashProvider hash_provider = object::HashProvider::libsodium;
  const std::atomic<bool>* cancel = nullptr;
  std::function<void(std::uint64_t bytes_done, std::uint64_t bytes_total)> progress;
};

struct PackRepairReport {
  std::uint64_t indexes = 0;                          // made anew
  std::uint64_t packs = 0;                            // that were damaged
  std::uint64_t objects_saved = 0, objects_lost = 0;  // of those packs
  std::vector<std::string> aside;                     // files that were put aside
  std::vector<std::string> problems;                  // whole sentences: what could not be done
};

// Every pack is read as a whole. `make_aside` opens the folder for damaged files, and makes it
// where there is none; it is called when the first is to go there.
using MakeAside = std::function<Result<std::unique_ptr<base::Directory>>()>;
Result<PackRepairReport> repair_packs(ObjectStore& store, const MakeAside& make_aside,
                                      const PackRepairOptions& options, const base::Log& log);

}  // namespace vcs::store
