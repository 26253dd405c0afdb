// SPDX-License-Identifier: Apache-2.0
// Repairs a repository: first packs from their own content, then missing objects from remotes, then
// the chain of commits. The next full scan stores missing objects that the files of the worktree
// still have (Snapshotter::read_everything). docs/decisions/repair.md
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

inline constexpr const char* kDamagedFolder = "damaged";       // in the repository's own folder
inline constexpr const char* kBeforeRepair = "before-repair";  // a ref: the head before the repair
inline constexpr const char* kOtherHead = "other-head";  // a ref: a further head that was lost

// A place that may have good copies.
struct RepairSource {
  std::string name;
  std::function<Result<std::unique_ptr<remote::RemoteStore>>()> open;
};

enum class RepairStage { verifying, fetching, repairing };

struct RepairOptions {
  bool dry_run = false;  // change nothing, only report
  std::string repository_id, device;
  object::HashProvider hash_provider = object::HashProvider::libsodium;
  std::size_t threads = 2;
  const std::atomic<bool>* cancel = nullptr;
  // A total of 0 is unknown. From any thread.
  std::function<void(RepairStage stage, std::uint64_t bytes_done, std::uint64_t bytes_total)>
      progress{};
};

struct RepairReport {
  std::uint64_t damaged = 0;  // damaged objects that the history needs, before the repair
  store::PackRepairReport packs;
  std::uint64_t fetched = 0;  // objects; with dry_run: those that remotes have
  // The head that was lost and is back: the parent of the next commit.
  std::optional<object::ObjectId> rejoined;
  std::vector<std::string> notes;  // whole sentences on steps that were not possible
  history::VerifyResult left;      // the damage that is left
};

// Asks the sources one after the other while objects are missing. Saves and reads may go on. Only
// one repair of a repository may run at a time.
Result<RepairReport> repair(history::Repository& repository, std::span<const RepairSource> sources,
                            const RepairOptions& options, const base::Log& log);

// Forgets the lost head if the head descends from it. Call it after a commit behind a lost head.
Result<void> settle_lost_head(history::Repository& repository);
// Removes the names of lost heads that the store lacks: nothing reports them any more.
Result<void> give_up_lost_heads(history::Repository& repository);

}  // namespace vcs::sync
