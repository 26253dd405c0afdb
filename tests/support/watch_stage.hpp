// SPDX-License-Identifier: Apache-2.0
// A watched folder of its own, with a list of all that its watcher reported.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/watch/inotify_watcher.hpp"
#include "tests/support/must.hpp"
#include "tests/support/temporary_folder.hpp"

namespace vcs::test {

using InstancePtr = std::shared_ptr<agent::watch::InotifyInstance>;

inline InstancePtr make_instance(const agent::watch::InotifyOptions& options = {}) {
  return std::make_shared<agent::watch::InotifyInstance>(base::Log(), options);
}

// A proof is the barrier: when it comes, the watcher has reported all earlier changes.
struct WatchStage {
  explicit WatchStage(agent::watch::FolderFilter skip = {}, InstancePtr shared = make_instance())
      : skip_folders(std::move(skip)),
        instance(std::move(shared)),
        watcher(make_inotify_watcher(instance, {})) {
    std::filesystem::create_directories(root);
    std::filesystem::create_directories(outside);
  }
  void start() { must(try_start()); }
  base::Result<void> try_start() {
    agent::watch::WatchSink sink;
    sink.changes = [this](std::vector<agent::watch::Change> batch) {
      std::lock_guard lock(mutex);
      told.insert(told.end(), batch.begin(), batch.end());
    };
    sink.proven = [this](agent::watch::ProofToken token) {
      std::lock_guard lock(mutex);
      proofs.insert(token);
      wake.notify_all();
    };
    sink.root = [this](agent::watch::RootEvent event) {
      std::lock_guard lock(mutex);
      root_events.push_back(event);
      wake.notify_all();
    };
    return watcher->start(root, outside, sink, skip_folders);
  }

  // Waits for a proof; returns all changes reported since the last call.
  std::vector<agent::watch::Change> settled() {
    const agent::watch::ProofToken token = ++count;
    watcher->ask_for_proof(token);
    std::unique_lock lock(mutex);
    REQUIRE(wake.wait_for(lock, std::chrono::seconds(20), [&] { return proofs.contains(token); }));
    return std::exchange(told, {});
  }
  agent::watch::RootEvent root_event() {
    std::unique_lock lock(mutex);
    REQUIRE(wake.wait_for(lock, std::chrono::seconds(20), [&] { return !root_events.empty(); }));
    return root_events.front();
  }
  bool root_has_trouble() {
    const std::lock_guard lock(mutex);
    return !root_events.empty();
  }
  std::string in(const std::string& path) const { return root + "/" + path; }

  TemporaryFolder folder;
  std::string root = folder / "root", outside = folder / "outside";
  agent::watch::FolderFilter skip_folders;
  InstancePtr instance;
  std::mutex mutex;
  std::condition_variable wake;
  std::vector<agent::watch::Change> told;
  std::set<agent::watch::ProofToken> proofs;
  std::vector<agent::watch::RootEvent> root_events;
  agent::watch::ProofToken count = 0;
  std::unique_ptr<agent::watch::Watcher> watcher;  // last: it stops before the rest goes
};

inline const agent::watch::Change* find(const std::vector<agent::watch::Change>& told,
                                        const std::string& path) {
  for (auto change = told.rbegin(); change != told.rend(); ++change)
    if (change->path == path) return &*change;
  return nullptr;
}

// True if all changes are of `path`. One save gives one change or several.
inline bool only(const std::vector<agent::watch::Change>& told, const std::string& path) {
  return !told.empty() &&
         std::all_of(told.begin(), told.end(),
                     [&](const agent::watch::Change& change) { return change.path == path; });
}

// True if a scan of the reported places finds `path`.
inline bool covers(const std::vector<agent::watch::Change>& told, const std::string& path) {
  for (const agent::watch::Change& change : told) {
    if (change.path == path) return true;
    if (change.recursive && (change.path.empty() || path.starts_with(change.path + "/")))
      return true;
  }
  return false;
}

inline std::vector<std::string> all_below(const std::string& root) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root))
    paths.push_back(std::filesystem::relative(entry.path(), root).string());
  return paths;
}

// Checks that each folder has a watch of its own: a file made there is reported by its path.
inline void check_every_folder_is_watched(WatchStage& stage) {
  (void)stage.settled();
  std::vector<std::string> made{"probe"};
  for (const std::string& path : all_below(stage.root))
    if (std::filesystem::is_directory(std::filesystem::symlink_status(stage.in(path))))
      made.push_back(path + "/probe");
  for (const std::string& path : made) write_file(stage.in(path), "x");
  const auto told = stage.settled();
  for (const std::string& path : made) {
    INFO(path);
    const agent::watch::Change* change = find(told, path);
    REQUIRE(change != nullptr);
    CHECK(change->closed);
  }
  for (const std::string& path : made) std::filesystem::remove(stage.in(path));
  (void)stage.settled();
}

}  // namespace vcs::test
