// SPDX-License-Identifier: Apache-2.0
// Runs one seed: random steps, then quiet, then the final checks.
#include "tests/simulation/simulation.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <exception>

#include "agent/repository/watched_repository.hpp"
#include "agent/schedule/sync_scheduler.hpp"
#include "core/base/thread_pool.hpp"
#include "core/snapshot/snapshot_types.hpp"
#include "tests/simulation/machine.hpp"
#include "tests/simulation/person.hpp"

namespace vcs::test {
namespace {

using base::Nanos;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// A save settles for 5 s at most, and is scanned again after 5 s if it changed during the scan; its
// events may come late, and background work takes a while.
constexpr Nanos kPatience = seconds(20);
// Without watches the agent scans every 30 s.
constexpr Nanos kPatienceOfPolling = seconds(60);
// A snapshot that failed is tried again after a minute at the latest.
constexpr Nanos kPatienceAfterTrouble = seconds(90);
constexpr Nanos kRemotePatience = minutes(30);
// The agent suspends a worktree that it cannot read, and tries it every two seconds.
constexpr Nanos kRootPatience = seconds(10);

class Simulation {
 public:
  Simulation(std::uint64_t seed, bool live_trace)
      : random_(seed), trace_(clock_, live_trace), machine_(clock_, random_, model_, trace_) {}

  void run() {
    machine_.start();
    const std::uint64_t steps = 30 + random_.below(70);
    while (report_.steps < steps && well()) {
      ++report_.steps;
      step();
      pass(some_time());
      check_overdue();
    }
    if (well()) end();
  }

  SimulationReport report() {
    report_.trace_hash = trace_.hash();
    report_.versions = model_.versions();
    report_.commits = machine_.commits();
    report_.deaths = machine_.deaths;
    report_.refusals = machine_.faults.refusals();
    for (const auto& [url, machine] : machine_.distant.machines()) {
      report_.remote_calls += machine.calls;
      report_.remote_troubles += machine.troubles;
    }
    report_.failure = machine_.failure();
    report_.trace = trace_.text();
    return report_;
  }

 private:
  static constexpr const char* kRemotes[] = {"near", "far"};
  // The same name may get another place later.
  std::string url_of(const std::string& name) {
    return fmt::format("memory://{}/{}", name, random_.below(2));
  }

  bool well() const { return machine_.failure().empty(); }
  Nanos up_to(Nanos most) {
    return Nanos(
        static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(most.count()))));
  }
  Nanos some_time() {
    const std::uint64_t chance = random_.below(100);
    if (chance < 30) return up_to(milliseconds(20));
    if (chance < 55) return up_to(seconds(1));
    if (chance < 80) return up_to(seconds(10));
    if (chance < 95) return up_to(minutes(2));
    return up_to(random_.one_in(4) ? hours(8) : minutes(15));
  }

  // An agent that dies on the way is started again.
  void pass(Nanos time) {
    machine_.pass(time);
    while (machine_.died() && well()) die();
  }
  void die() {
    const bool power = random_.one_in(2);
    if (power) person_.finish_writing();
    machine_.die_and_restart(power ? Machine::Death::power_cut : Machine::Death::kill);
  }

  void step();
  void person_acts();
  void commit_by_hand();
  void set_clock();
  void trouble_the_disk();
  void trouble_the_watcher();
  void trouble_a_remote();
  void change_remotes();
  void check_overdue();
  void expect_no_difference(bool excuses_count = true);
  void expect_converged();
  void end();

  ManualClock clock_;
  SeededRandom random_;
  Trace trace_;
  WorktreeModel model_;
  Machine machine_;
  Person person_{machine_.disk, clock_, random_, model_, trace_, kWorktree};
  SimulationReport report_;
  base::SteadyNanos polled_at_{};  // when the agent was last without watches
};

void Simulation::step() {
  const std::uint64_t chance = random_.below(100);
  if (chance < 55) return person_acts();
  if (chance < 62) return commit_by_hand();
  if (chance < 65) return set_clock();
  if (chance < 74) return trouble_the_disk();
  if (chance < 80) return trouble_the_watcher();
  if (chance < 86) return trouble_a_remote();
  if (chance < 90) return change_remotes();
  if (chance < 93) return die();
  if (chance < 95) return machine_.restart();
  if (chance < 98) {
    trace_("everything is well again");
    machine_.heal();
  }
}

void Simulation::person_acts() {
  for (std::uint64_t acts = 1 + random_.below(6); acts > 0 && well(); --acts) {
    person_.act();
    machine_.last_act = clock_.steady();
    if (random_.one_in(2)) pass(up_to(milliseconds(300)));
  }
  if (random_.one_in(4))
    machine_.faults.meddle(1 + random_.below(60), [this] {
      // Later than the tick of file times that the agent's scan has seen.
      clock_.advance(milliseconds(5 + random_.below(20)));
      trace_("while the agent looks:");
      person_.act();
      machine_.last_act = clock_.steady();
    });
}

// The commit has everything that was there before the call, unless the person worked meanwhile.
void Simulation::commit_by_hand() {
  const base::SteadyNanos asked = clock_.steady();
  const std::uint64_t acts = person_.acts();
  const auto answer = std::make_shared<std::optional<base::Result<void>>>();
  trace_("person: asks for a commit");
  machine_.repository()->commit("by hand", random_.one_in(4), [answer](const auto& outcome) {
    *answer = outcome.map([](const auto&) {});
  });
  machine_.pass(minutes(2), [&] { return answer->has_value(); });
  if (machine_.died() || !well()) return;
  if (!*answer) return machine_.fail("a commit was asked for and never answered");
  const base::Result<void>& result = **answer;
  trace_("the commit by hand: {}", result ? "done" : result.error().message);
  if (!result) {
    if (machine_.calm_since() + kRootPatience < asked)
      machine_.fail("a commit by hand failed without a reason: " + result.error().message);
  } else if (person_.acts() == acts && machine_.calm_since() <= asked) {
    if (const auto difference = model_.difference(asked))
      machine_.fail("after a commit by hand, " + *difference);
  }
}

void Simulation::set_clock() {
  const auto by = up_to(random_.one_in(2) ? Nanos(hours(48)) : Nanos(seconds(3)));
  const bool back = random_.one_in(2);
  trace_("the clock is set {} by {} ns", back ? "back" : "forward", by.count());
  clock_.set_now(back ? clock_.now() - by : clock_.now() + by);
}

void Simulation::trouble_the_disk() {
  const std::uint64_t nth = 1 + random_.below(random_.one_in(2) ? 8 : 60);
  switch (random_.below(8)) {
    case 0:
      trace_("the disk is full");
      return machine_.faults.fill_disk(true);
    case 1:
      trace_("there is room on the disk");
      return machine_.faults.fill_disk(false);
    case 2:
      trace_("read {} will fail", nth);
      return machine_.faults.refuse_read(nth);
    case 3:
      trace_("look {} into the worktree will fail", nth);
      return machine_.faults.refuse_look(nth);
    case 4:
    case 5:
      trace_("change {} will fail", nth);
      return machine_.faults.refuse_change(nth, random_.one_in(2) ? EIO : ENOSPC);
    default:
      trace_("change {} will be the last", nth);
      return machine_.faults.die_at_change(nth);
  }
}

void Simulation::trouble_the_watcher() {
  if (random_.one_in(6)) {
    trace_("no watches can be had");
    return machine_.watching.refuse_watches(true);
  }
  if (random_.one_in(2)) {
    const std::uint64_t count = 1 + random_.below(30);
    trace_("the next {} events are lost", count);
    return machine_.watching.lose_events(count);
  }
  const Nanos delay = random_.one_in(2) ? Nanos() : up_to(milliseconds(1500));
  trace_("events come up to {} ns late", delay.count());
  machine_.watching.set_longest_delay(delay);
}

void Simulation::trouble_a_remote() {
  const std::string url = url_of(kRemotes[random_.below(2)]);
  RemoteWeather weather;
  weather.down = random_.one_in(4);
  weather.fails_one_in = random_.one_in(2) ? 0 : 2 + random_.below(10);
  weather.partial_puts = random_.one_in(3);
  weather.lists_lie = random_.one_in(3);
  if (random_.one_in(3)) weather.slowness = up_to(seconds(20));
  trace_("remote {}: down {}, fails one in {}, partial puts {}, lists lie {}, slow {} ns", url,
         weather.down, weather.fails_one_in, weather.partial_puts, weather.lists_lie,
         weather.slowness.count());
  machine_.distant.machine(url).weather = weather;
}

void Simulation::change_remotes() {
  const std::string name = kRemotes[random_.below(2)];
  const auto known = machine_.remotes().find(name);
  if (known == machine_.remotes().end()) return machine_.add_remote(name, url_of(name));
  if (random_.one_in(3)) return machine_.remove_remote(name);
  if (random_.one_in(2)) return machine_.fetch_meanwhile(known->second);
  trace_("person: asks for a sync");
  const auto asked = machine_.repository()->sync().push_now(
      name, [](const auto&) {}, [] {});
  if (!asked) machine_.fail("sync was refused: " + asked.error().message);
}

void Simulation::check_overdue() {
  if (!well() || clock_.steady() < machine_.calm_since() + kPatienceAfterTrouble) return;
  // The next poll takes watches that are free again, and a scan follows it.
  const bool polls = machine_.repository()->status().watches.polled_folders > 0;
  if (polls || machine_.watching.is_blind()) polled_at_ = clock_.steady();
  const bool polled_lately = clock_.steady() < polled_at_ + kPatience;
  const Nanos patience = polled_lately ? kPatienceOfPolling : kPatience;
  if (const auto overdue = model_.difference(clock_.steady() - patience))
    machine_.fail("a save is lost: " + *overdue);
}

void Simulation::expect_no_difference(bool excuses_count) {
  if (!well()) return;
  if (const auto difference = model_.difference(clock_.steady(), excuses_count))
    machine_.fail("after quiet, " + *difference);
  const ipc::RepositoryStatus status = machine_.repository()->status();
  // An empty commit by hand that failed is shown as an error until the next snapshot.
  const bool awake =
      status.state == ipc::RepositoryState::watching || status.state == ipc::RepositoryState::error;
  if (status.pending_changes != 0 || !awake)
    machine_.fail(fmt::format("after quiet, {} with {} pending changes",
                              base::name_of(status.state), status.pending_changes));
}

void Simulation::expect_converged() {
  const auto synced = [this] {
    for (const ipc::RemoteStatus& remote : machine_.repository()->sync().status())
      if (remote.state != ipc::RemoteState::synced) return false;
    return true;
  };
  const bool in_time = machine_.pass(kRemotePatience, synced);
  if (!well()) return;
  if (!in_time) {
    for (const ipc::RemoteStatus& remote : machine_.repository()->sync().status())
      if (remote.state != ipc::RemoteState::synced)
        return machine_.fail(fmt::format("remote {} is healthy and {}: {}", remote.name,
                                         base::name_of(remote.state), remote.last_error));
  }
  machine_.check_remotes();
}

// Ends all faults; now everything must be right.
void Simulation::end() {
  trace_("the end: everything is well");
  machine_.heal();
  person_.finish_writing();
  machine_.last_act = clock_.steady();
  const Nanos trouble = std::max(machine_.calm_since() - clock_.steady(), {});
  pass(trouble + kPatienceAfterTrouble + kPatience);
  expect_no_difference();
  if (well()) expect_converged();
  if (well()) machine_.check_restore();
  if (well()) machine_.restart();
  if (!well()) return;
  pass(kPatience);
  expect_no_difference(false);  // a start makes a full scan
  if (well()) machine_.check_everything_can_be_read();
}

}  // namespace

SimulationReport simulate(std::uint64_t seed, bool live_trace) {
  Simulation simulation(seed, live_trace);
  std::string thrown;
  try {
    simulation.run();
  } catch (const std::exception& error) {
    thrown = error.what();
  }
  SimulationReport report = simulation.report();
  report.seed = seed;
  if (report.failure.empty() && !thrown.empty())
    report.failure = "the simulation itself: " + thrown;
  return report;
}

}  // namespace vcs::test
