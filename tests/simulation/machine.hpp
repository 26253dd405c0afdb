// SPDX-License-Identifier: Apache-2.0
// The computer of a simulation: its disk, its agent and the remotes. It records everything that the
// agent acknowledges, and asks for it again after each death.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/agent.hpp"
#include "agent/repository/watched_repository.hpp"
#include "core/base/thread_pool.hpp"
#include "core/object/tree_node.hpp"
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

  // Starts an agent, which begins to watch the worktree or opens what its predecessor left.
  void start();
  // Lets time pass while the agent lives and nothing has failed. True: `reached`.
  bool pass(
      base::Nanos time, const std::function<bool()>& reached = [] { return false; });
  enum class Death { kill, power_cut };
  // Ends the agent, cleanly or not, starts another, and checks all that was acknowledged.
  void restart();
  void die_and_restart(Death death);
  bool died() const { return faults.dead(); }

  // Ends all faults and gives every remote good weather.
  void heal();
  // The time since which no fault has disturbed the agent.
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
  // Fetches from a remote while everything else goes on.
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
  // The time of the person's last act, by the steady clock: an audit may find an act this late
  // before its event comes.
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
