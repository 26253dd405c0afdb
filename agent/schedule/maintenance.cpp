// SPDX-License-Identifier: Apache-2.0
// Keeps a timer while there is work, and one run in the background at a time.
#include "agent/schedule/maintenance.hpp"

#include <algorithm>
#include <cassert>

#include "agent/schedule/power_supply.hpp"

namespace vcs::agent::schedule {
namespace {

constexpr base::Nanos kQuiet = std::chrono::minutes(5);
constexpr base::Nanos kBatteryPause = std::chrono::minutes(15);
constexpr base::Nanos kTroublePause = std::chrono::hours(1);
// A merge needs room for a second copy of the packs that it merges, and saves come first.
constexpr std::uint64_t kLeastRoom = 1u << 30;
constexpr std::uint64_t kProgressStep = 4u << 20;

}  // namespace

struct Maintenance::Work {
  std::shared_ptr<store::ObjectStore> store;  // outlives the compactor
  std::unique_ptr<store::PackCompactor> compactor;
  std::uint8_t level = 0;  // of the compactor
  std::atomic<bool> yield{false};
};

struct Maintenance::Command {
  OnProgress progress;
  Done done;
};

struct Maintenance::Run {
  std::shared_ptr<Command> command;  // null: idle work
  Outcome outcome = Outcome::yielded;
  Error error{ErrorCode::cancelled, "the work was stopped", 0};
  store::CompactionTotals totals;
};

Maintenance::Maintenance(Parts parts, const config::CoreSettings& settings)
    : parts_(std::move(parts)), work_(std::make_shared<Work>()) {
  work_->store = parts_.store;
  last_activity_ = parts_.clock.steady();
  apply_settings(settings);
}

void Maintenance::apply_settings(const config::CoreSettings& settings) {
  assert(parts_.loop.here());
  settings_ = settings;
  packs_seen_ = 0;
  // Running work may be switched off, or have the wrong level; a person's command goes on.
  if (running_ && commands_.empty()) work_->yield = true;
  look();
}

store::PackCompactor& Maintenance::compactor() {
  const auto level = static_cast<std::uint8_t>(settings_.recompress_level);
  if (!work_->compactor || work_->level != level) {
    store::CompactionOptions options;
    options.policy.level = level;
    options.hash_provider = parts_.hash_provider;
    work_->compactor = std::make_unique<store::PackCompactor>(*parts_.store, options, parts_.log);
    work_->level = level;
  }
  return *work_->compactor;
}

void Maintenance::arm(base::Nanos delay) {
  timer_.start(delay, [this] { timer_fired(); });
}

void Maintenance::look() {
  if (settings_.recompress != config::Recompress::idle || running_ || timer_.waits() || stopping_)
    return;
  const std::uint64_t packs = parts_.store->stats().packs;
  if (packs == packs_seen_) return;
  packs_seen_ = packs;
  if (compactor().has_work()) arm(kQuiet);
}

void Maintenance::activity() noexcept {
  last_activity_ = parts_.clock.steady();
  if (running_ && commands_.empty()) work_->yield = true;
}

void Maintenance::timer_fired() {
  if (settings_.recompress != config::Recompress::idle || running_ || stopping_) return;
  const base::Nanos quiet = parts_.clock.steady() - last_activity_;
  if (quiet < kQuiet) return arm(kQuiet - quiet);
  if (!parts_.is_quiet()) return arm(kQuiet);
  start(nullptr);
}

// --- In the background ---

// Runs on the pool's one thread; no other thread uses the compactor meanwhile.
void Maintenance::do_work(Work& work, Run& run, base::FileSystem& filesystem,
                          const std::string& data) {
  // It may have waited for another repository's work, and may have to yield by now.
  if (work.yield) return;
  if (!run.command && is_on_battery(filesystem)) {
    run.outcome = Outcome::on_battery;
    return;
  }
  const auto space = filesystem.space(data);
  if (space && space->free_bytes < kLeastRoom) {
    run.outcome = Outcome::no_room;
    run.error = {ErrorCode::no_space,
                 "less than 1 GiB is free on the disk, and this space is kept for saves", 0};
    return;
  }
  std::uint64_t told = 0;
  while (!work.yield) {
    const Result<bool> worked = work.compactor->step();
    if (!worked || !*worked) {
      run.outcome = worked ? Outcome::finished : Outcome::failed;
      if (!worked) run.error = worked.error();
      return;
    }
    if (!run.command) continue;
    const Progress progress = work.compactor->progress();
    if (progress.bytes_done / kProgressStep == told) continue;
    told = progress.bytes_done / kProgressStep;
    if (!run.command->progress(progress)) return;
  }
}

// Abandons the merge; a later run begins it anew.
void Maintenance::lacked_memory(Work& work, Run& run) {
  work.compactor->abandon();
  run.outcome = Outcome::failed;
  run.error = base::out_of_memory().value();
}

void Maintenance::start(std::shared_ptr<Command> command) {
  timer_.stop();  // wait_after() starts it again if work is left
  running_ = true;
  work_->yield = false;
  compactor();
  auto run = std::make_shared<Run>();
  run->command = std::move(command);
  errands_.run(
      loop::Pool::maintenance,
      [work = work_, run, &filesystem = parts_.filesystem, data = parts_.data] {
        const auto merge = [&] { do_work(*work, *run, filesystem, data); };
        if (!base::has_memory_for(merge)) lacked_memory(*work, *run);
        run->totals = work->compactor->take_totals();
      },
      [this, run] { finished(*run); });
}

void Maintenance::finished(const Run& run) {
  running_ = false;
  totals_.runs += run.totals.runs;
  totals_.packs_before += run.totals.packs_before;
  totals_.packs_after += run.totals.packs_after;
  totals_.bytes_before += run.totals.bytes_before;
  totals_.bytes_after += run.totals.bytes_after;
  if (run.totals.runs > 0) parts_.compacted();
  if (run.command) {
    std::erase(commands_, run.command);
    if (run.outcome == Outcome::finished)
      run.command->done(run.totals);
    else
      run.command->done(tl::unexpected(run.error));
  }
  if (stopping_) return;
  if (!commands_.empty()) return start(commands_.front());
  wait_after(run);
}

void Maintenance::wait_after(const Run& run) {
  if (run.outcome == Outcome::failed)
    parts_.log.warning("packs cannot be merged now: {}", run.error.message);
  packs_seen_ = 0;
  if (run.outcome == Outcome::yielded || run.outcome == Outcome::finished) return look();
  if (settings_.recompress != config::Recompress::idle || !compactor().has_work()) return;
  arm(run.outcome == Outcome::on_battery ? kBatteryPause : kTroublePause);
}

void Maintenance::run_now(OnProgress progress, Done done) {
  assert(parts_.loop.here());
  if (stopping_) return done(fail(ErrorCode::cancelled, "the agent is stopping"));
  commands_.push_back(std::make_shared<Command>(Command{std::move(progress), std::move(done)}));
  if (commands_.size() > 1) return;
  if (running_)
    work_->yield = true;
  else
    start(commands_.front());
}

void Maintenance::stop(std::function<void()> done) {
  assert(parts_.loop.here());
  timer_.stop();
  stopping_ = true;
  work_->yield = true;
  errands_.drain([this, done = std::move(done)] {
    end();
    done();
  });
}

// Abandons a merge that was begun; its packs stay unchanged.
void Maintenance::end() {
  for (const auto& command : std::exchange(commands_, {}))
    command->done(fail(ErrorCode::cancelled, "the agent is stopping"));
  work_->compactor.reset();
}

}  // namespace vcs::agent::schedule
