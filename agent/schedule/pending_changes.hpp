// SPDX-License-Identifier: Apache-2.0
// Holds changes until they are quiet, and decides how long that is.
//
// Coalesces: many events on one path are one entry, a recursive entry replaces all entries below
// it, and a loss of events is a recursive entry. Bounded: above `kMostEntries` a folder's entries
// collapse into one recursive entry for the folder, in the end into one for the root. Pure: time is
// a parameter. Loop thread only.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/watch/watcher.hpp"
#include "core/base/clock.hpp"
#include "core/object/tree_node.hpp"
#include "core/worktree/scan_types.hpp"

namespace vcs::agent::schedule {

struct SettleOptions {
  base::Nanos quiet = std::chrono::milliseconds(500);  // due after this time without an event
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
  void add(const worktree::Mark& mark, base::SteadyNanos due);

  bool empty() const { return size() == 0; }
  std::size_t size() const { return points_.size() + trees_.size(); }

  // When a snapshot should start. Entries settle together, so that related changes get one commit:
  // when every change has been quiet for `quiet` and every removal for `delete_delay` as well, but
  // no later than `latest` after the first of them. Marks that came back go along with changes;
  // alone they are due at the earliest of their times. Nothing: no entry. Takes constant time,
  // because it is called after every event.
  std::optional<base::SteadyNanos> due() const;

  // Whether `path`, or a folder above it with all below, is among the entries.
  bool covers(const std::string& path) const;

  // Takes all entries as simplified marks: a batch that became due, or for a command that does not
  // wait. Behind them come the paths that were written below a recursive mark.
  std::vector<worktree::Mark> take_all();

 private:
  struct Entry {
    bool deleted = false;
    base::SteadyNanos last{};  // the last event; 0 of marks that came back
  };
  using Entries = std::map<std::string, Entry, object::PathLess>;

  void note_written(const std::string& path);
  void place(const std::string& path, bool recursive, const Entry& entry);
  void update(Entry& entry, const Entry& later);
  Entry* covering_tree(const std::string& path);
  void swallow(Entries& entries, const std::string& folder, Entry& into);
  void collapse();
  void cut_at_depth(std::ptrdiff_t depth);

  SettleOptions options_;
  // Nothing in either lies below one of `trees_`, and no path is in both.
  Entries points_;  // one path
  Entries trees_;   // a path and all below it

  // Paths whose times prove nothing, also those below a recursive entry. If they are too many, all
  // are dropped: times are rarely wrong.
  std::set<std::string> written_;

  // What due() needs of the entries, kept up to date with them.
  std::optional<base::SteadyNanos> first_change_, first_retry_;
  base::SteadyNanos last_change_{};
  std::multiset<base::SteadyNanos> removals_;  // `last` of the entries that are `deleted`
};

}  // namespace vcs::agent::schedule
