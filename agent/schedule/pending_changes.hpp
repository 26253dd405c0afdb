// Changes that wait for quiet, and the rule for how long.
//
// Coalesces: many events on one path are one entry, a recursive entry swallows everything below it,
// and a loss of events is nothing but a recursive entry. Bounded: past `kMostEntries` a folder's
// entries collapse into one recursive entry for the folder, in the end into one for the root. Pure:
// time is a parameter. Used on the loop thread only.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/watch/watcher.hpp"
#include "core/base/clock.hpp"
#include "core/snapshot/tree_scanner.hpp"

namespace vcs::agent::schedule {

struct SettleOptions {
  base::Nanos quiet = std::chrono::milliseconds(500);  // without a new event, then it is due
  base::Nanos latest = std::chrono::seconds(5);  // due at the latest, under continuous writing
  base::Nanos delete_delay =
      std::chrono::seconds(1);  // quiet time of removals: programs delete before they rename
};

class PendingChanges {
 public:
  static constexpr std::size_t kMostEntries = 50'000;

  explicit PendingChanges(const SettleOptions& options) : options_(options) {}
  void set_options(const SettleOptions& options) { options_ = options; }

  void add(const watch::Change& change, base::SteadyNanos now);
  // Marks that came back from a snapshot or from a command. They are due at `due`.
  void add(const snapshot::Mark& mark, base::SteadyNanos due);

  bool empty() const { return entries_.empty(); }
  std::size_t size() const { return entries_.size(); }

  // When a snapshot should start: entries settle together, so that what belongs together lands in
  // one commit. Nothing: no entry.
  std::optional<base::SteadyNanos> due() const;

  // Takes everything (a batch that became due, or a command that does not wait), as simplified
  // marks.
  std::vector<snapshot::Mark> take_all();

 private:
  struct Entry {
    bool recursive = false;
    bool deleted = false;
    base::SteadyNanos first = 0, last = 0;
    base::SteadyNanos not_before = 0;  // of retries
  };
  void collapse();

  SettleOptions options_;
  std::map<std::string, Entry, object::PathLess> entries_;
};

}  // namespace vcs::agent::schedule
