// SPDX-License-Identifier: Apache-2.0
// The parts of an open watched repository, and how they are connected: which part calls which.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/repository/after_saves.hpp"
#include "agent/repository/alarm.hpp"
#include "agent/repository/audit.hpp"
#include "agent/repository/found_damage.hpp"
#include "agent/repository/ground.hpp"
#include "agent/repository/known_mounts.hpp"
#include "agent/repository/left_out.hpp"
#include "agent/repository/pack_check.hpp"
#include "agent/repository/silent_writes.hpp"
#include "agent/repository/snapshot_runs.hpp"
#include "agent/repository/watched_times.hpp"
#include "agent/repository/watching.hpp"
#include "agent/schedule/maintenance.hpp"
#include "agent/schedule/sync_scheduler.hpp"

namespace vcs::agent::repository {

// What the background work of opening returns.
struct OpenedParts {
  std::shared_ptr<base::Directory> directory;
  std::shared_ptr<history::Repository> history;
  std::shared_ptr<Summary> summary;
  Result<records::WatchRecord> watched;
  Result<records::DamageRecord> damage;
  Device device;
  std::vector<config::DeviceEntry> devices;
};

// What the repository does when a part calls it. Not called before all parts are constructed.
struct Reactions {
  std::function<void(const std::vector<watch::Change>& batch)> changed;
  std::function<void()> watching_started;
  std::function<void(const std::string& why)> root_is_away;
  std::function<void()> root_is_back;
  std::function<void()> watch_again;  // with a new watcher, beginning with a full scan
  std::function<void(const SnapshotRuns::Outcome&)> snapshot_finished;
  std::function<void()> packs_were_merged;
  std::function<bool()> is_watching;
  std::function<bool()> is_quiet;  // idle work may begin
};

// In the order of their dependencies: a part uses those above it.
struct WatchedParts {
  WatchedParts(const Ground& ground, const OpenedParts& opened, Reactions reactions);

  const Reactions reactions;
  const std::shared_ptr<history::Repository> history;
  WatchedTimes times;
  FoundDamage damage;
  PackCheck packs;
  Alarm alarm;
  AfterSaves after_saves;
  KnownMounts mounts;
  LeftOut left_out;
  SilentWrites silent_writes;
  Watching watching;
  SnapshotRuns snapshots;
  Audit audit;
  schedule::SyncScheduler sync;
  schedule::Maintenance maintenance;

 private:
  Watching::Events watching_events();
  SnapshotRuns::Hooks snapshot_hooks();
  Audit::Parts audit_parts(const RepositoryContext& context);
  schedule::Maintenance::Parts maintenance_parts(const RepositoryContext& context);
};

}  // namespace vcs::agent::repository
