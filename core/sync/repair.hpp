// SPDX-License-Identifier: Apache-2.0
// Repairs a repository: packs from what is in them, then what is still missing from remotes, then
// the line of commits. What the files of the worktree still hold comes with the next look at all of
// them (Snapshotter::read_everything). docs/decisions/repair.md
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/history/verifier.hpp"
#include "core/remote/remote_store.hpp"
#include "core/store/pack_repair.hpp"

namespace vcs::history {
class Repository;
}

namespace vcs::sync {

inline constexpr const char* kDamagedFolder = "damaged";       // in the repository's own
inline constexpr const char* kBeforeRepair = "before-repair";  // a ref: the head that was left
inline constexpr const char* kOtherHead = "other-head";  // a ref: one that is in no line with it

// A place that may have good copies.
struct RepairSource {
  std::string name;
  std::function<Result<std::unique_ptr<remote::RemoteStore>>()> open;
};

enum class RepairStage { verifying, fetching, repairing };

struct RepairOptions {
  bool dry_run = false;  // only say what would be done
  std::string repository_id, device;
  object::HashProvider hash_provider = object::HashProvider::libsodium;
  std::size_t threads = 2;
  const std::atomic<bool>* cancel = nullptr;
  // A total of 0 is not known. From any thread.
  std::function<void(RepairStage stage, std::uint64_t bytes_done, std::uint64_t bytes_total)>
      progress{};
};

struct RepairReport {
  std::uint64_t damaged = 0;  // objects that the history needs, at the beginning
  store::PackRepairReport packs;
  std::uint64_t fetched = 0;  // objects; with dry_run: that remotes have
  // The head that was lost and is back: the next commit goes on behind it.
  std::optional<object::ObjectId> rejoined;
  std::vector<std::string> notes;  // whole sentences: what could not be done
  history::VerifyResult left;      // what is hurt now
};

// Asks the sources one after the other, while something is missing. Saving and reading may go on.
// The repository must not be repaired twice at once.
Result<RepairReport> repair(history::Repository& repository, std::span<const RepairSource> sources,
                            const RepairOptions& options, const base::Log& log);

// After the commit that goes on behind a lost head: nothing is lost any more.
Result<void> settle_lost_head(history::Repository& repository);
// Commits that had a name and that nobody has lose it: nothing is told of them any more.
Result<void> give_up_lost_heads(history::Repository& repository);

}  // namespace vcs::sync
