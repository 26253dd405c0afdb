// SPDX-License-Identifier: Apache-2.0
// The computer of a simulation: its disk, its agent, the remotes, and what is known of what the
// agent promised. Everything that the agent acknowledges is written down here and asked for again
// after each death.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/agent.hpp"
#include "tests/simulation/disk_faults.hpp"
#include "tests/simulation/faulty_remote.hpp"
#include "tests/simulation/simulated_watcher.hpp"
#include "tests/simulation/trace.hpp"
#include "tests/simulation/worktree_model.hpp"

namespace vcs::test {

inline constexpr const char* kHome = "/vcsd";
inline constexpr const char* kWorktree = "/person/work";

class Machine {
 public:
  Machine(ManualClock& clock, SeededRandom& random, WorktreeModel& model, Trace& trace);
  ~Machine();

  // The agent begins to watch the worktree, or is found in what its predecessor left.
  void start();
  // Time passes, as long as the agent lives and nothing has failed. True: `reached`.
  bool pass(
      base::Nanos time, const std::function<bool()>& reached = [] { return false; });
  enum class Death { kill, power_cut };
  // It ends, cleanly or not, and starts again. What was promised is asked for.
  void restart();
  void die_and_restart(Death death);
  bool died() const { return faults.dead(); }

  // No misfortune any more, and good weather everywhere.
  void heal();
  // Since when nothing has kept the agent from its work.
  base::SteadyNanos calm_since() const;

  std::shared_ptr<agent::repository::WatchedRepository> repository() const;
  void add_remote(const std::string& name, const std::string& url);
  void remove_remote(const std::string& name);
  const std::map<std::string, std::string>& remotes() const { return remotes_; }

  // --- What must hold ---
  void check_history();
  void check_everything_can_be_read();
  void check_restore();
  void check_remotes();
  // Reads a remote back while everything goes on.
  void fetch_meanwhile(const std::string& url);
  void fail(std::string what);
  const std::string& failure() const { return failure_; }

  SimulatedDisk disk;
  SimulatedLoop loop;
  DiskFaults faults;
  SimulatedWatching watching;
  FaultyRemotes distant;
  std::uint64_t deaths = 0;
  std::size_t commits() const { return acknowledged_.size(); }
  // Of the person's last act, by the steady clock: what came so late an audit may find itself.
  base::SteadyNanos last_act{};

 private:
  using Answer = agent::repository::WatchedRepository::Done;
  bool ask(const std::string& what, const std::function<void(Answer)>& question);
  void make_agent();
  void open_worktree();
  void bury();
  bool heard(const ipc::EventInfo& event);
  void commit_heard(const object::ObjectId& id);
  std::optional<Capture> read_capture(const object::ObjectId& commit);
  std::shared_ptr<const std::string> text_of(const object::TreeEntry& entry);
  void check_remote(const std::string& name, const std::string& url);

  ManualClock& clock_;
  SeededRandom& random_;
  WorktreeModel& model_;
  Trace& trace_;
  InterceptedFileSystem filesystem_;
  base::ThreadPool compute_;
  config::Loaded configuration_;
  std::unique_ptr<agent::Agent> agent_;
  bool alive_ = false;
  base::SteadyNanos started_{};
  std::vector<object::ObjectId> acknowledged_;  // commits, in their order
  std::map<std::string, std::string> remotes_;  // acknowledged, with their URLs
  std::map<object::ObjectId, std::shared_ptr<const std::string>> texts_;
  std::string failure_;
};

}  // namespace vcs::test
