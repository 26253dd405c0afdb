// SPDX-License-Identifier: Apache-2.0
// Merges the packs of one repository when it is idle; decides when that work runs and when it
// yields.
//
// It runs when there is something to gain, no file has changed for five minutes, no snapshot waits
// or runs, no remote is being written to, and the machine is not on its battery. Any activity stops
// it within one step, some hundredths of a second. All repositories share one thread of the lowest
// priority, so one works at a time. While there is nothing to gain there is no timer: only a newly
// sealed pack makes a merge worthwhile, and look() is called then.
//
// Loop thread only, except OnProgress.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/loop/errands.hpp"
#include "agent/loop/timer.hpp"
#include "config/settings.hpp"
#include "core/base/filesystem.hpp"
#include "core/store/pack_compactor.hpp"

namespace vcs::agent::schedule {

class Maintenance {
 public:
  struct Parts {
    loop::EventLoop& loop;
    const base::Clock& clock;
    base::FileSystem& filesystem;
    base::Log log;
    object::HashProvider hash_provider = object::HashProvider::libsodium;
    std::shared_ptr<store::ObjectStore> store;
    std::string data;                 // the repository's folder, for the room on its disk
    std::function<bool()> is_quiet;   // no snapshot waits or runs, no remote is written to
    std::function<void()> compacted;  // the store has other packs than before
  };
  using Progress = store::PackCompactor::Progress;
  // From the background; false: stop.
  using OnProgress = std::function<bool(const Progress&)>;
  using Done = std::function<void(Result<store::CompactionTotals>)>;

  Maintenance(Parts parts, const config::CoreSettings& settings);

  void apply_settings(const config::CoreSettings& settings);
  // Checks for new sealed packs; starts the timer if a merge would gain something.
  void look();
  // A file was changed, a snapshot was asked for: idle work stops and waits for quiet anew.
  void activity() noexcept;
  // Works until there is nothing to gain, even if the repository is busy or the setting is off.
  // `done` gets the totals of this call.
  void run_now(OnProgress progress, Done done);
  // Stops running work; calls `done` when none of it runs any more.
  void stop(std::function<void()> done);

  // Since the repository was opened.
  const store::CompactionTotals& totals() const { return totals_; }
  bool running() const { return running_; }

 private:
  enum class Outcome { finished, yielded, on_battery, no_room, failed };
  struct Work;     // shared with the background
  struct Command;  // a run_now()
  struct Run;      // one stay in the background

  static void do_work(Work& work, Run& run, base::FileSystem& filesystem, const std::string& data);
  static void lacked_memory(Work& work, Run& run);
  store::PackCompactor& compactor();  // while nothing runs
  void arm(base::Nanos delay);
  void timer_fired();
  void start(std::shared_ptr<Command> command);
  void finished(const Run& run);
  void wait_after(const Run& run);
  void end();

  Parts parts_;
  config::CoreSettings settings_;
  std::shared_ptr<Work> work_;
  std::vector<std::shared_ptr<Command>> commands_;
  store::CompactionTotals totals_;
  std::uint64_t packs_seen_ = 0;  // at the last look()
  base::SteadyNanos last_activity_{};
  loop::Timer timer_{parts_.loop};
  loop::Errands errands_{parts_.loop};
  bool running_ = false, stopping_ = false;
};

}  // namespace vcs::agent::schedule
