// SPDX-License-Identifier: Apache-2.0
// The window says when to judge, the history is judged, and the description stores the alarm.
#include "agent/repository/alarm.hpp"

#include <cassert>

#include "core/history/mass_change.hpp"

namespace vcs::agent::repository {
namespace {

using history::MassChange;
using Looks = std::vector<schedule::AlarmWindow::Look>;

std::string describe(const config::AlarmEntry& alarm) {
  if (alarm.reason == config::AlarmReason::encryption)
    return fmt::format("{} files were rewritten with content that looks encrypted",
                       alarm.rewritten);
  return fmt::format("{} files were deleted within minutes", alarm.deleted);
}

config::AlarmEntry alarm_entry(const MassChange& found, base::UnixNanos now) {
  config::AlarmEntry alarm;
  alarm.reason = found.kind == MassChange::Kind::encryption ? config::AlarmReason::encryption
                                                            : config::AlarmReason::deletion;
  alarm.since = now;
  alarm.commit = found.last_good.hex();
  alarm.deleted = found.deleted;
  alarm.rewritten = found.rewritten;
  return alarm;
}

// Returns the first alarming change in `looks`. Not on the loop.
Result<MassChange> examine(history::Repository& history, const Looks& looks) {
  MassChange found;
  for (const auto& [before, after] : looks) {
    VCS_ASSIGN(found, history::examine_mass_change(history, before, after));
    if (found.kind != MassChange::Kind::none) break;
  }
  return found;
}

}  // namespace

Alarm::Alarm(const RepositoryContext& context, Description& description,
             std::shared_ptr<history::Repository> history)
    : context_(context), description_(description), history_(std::move(history)) {
  if (!is_set()) return;
  if (const auto commit = object::ObjectId::from_hex(description_->alarm->commit))
    window_.pin(*commit);
}

void Alarm::committed(const snapshot::SnapshotOutcome& outcome) {
  assert(context_.agent.loop.here());
  if (outcome.commit.parent)
    window_.add(*outcome.commit.parent, outcome.id, outcome.commit.changed,
                context_.agent.clock.steady());
}

void Alarm::look(loop::EventLoop::Task looked) {
  assert(context_.agent.loop.here());
  Looks looks = window_.take_due();
  if (looks.empty()) return;
  context_.errands.run(
      loop::Pool::query,
      [looks = std::move(looks), history = history_] { return examine(*history, looks); },
      [this, looked = std::move(looked),
       acknowledged = acknowledged_](const Result<MassChange>& found) {
        const bool is_news = acknowledged == acknowledged_;
        if (is_news && !found)
          context_.agent.log.warning(
              "{}: cannot check whether many files were deleted or encrypted: {}",
              context_.file.name, found.error().message);
        else if (is_news && found->kind != MassChange::Kind::none)
          set(alarm_entry(*found, context_.agent.clock.now()));
        looked();
      });
}

// If the alarm is set already, only updates its counts.
void Alarm::set(config::AlarmEntry alarm) {
  assert(context_.agent.loop.here());
  std::optional<config::AlarmEntry>& entry = description_.edit().alarm;
  const bool is_news = !entry;
  if (!is_news) {
    alarm.since = entry->since;
    alarm.commit = entry->commit;
  }
  entry = std::move(alarm);
  description_.save([this](const Result<void>& saved) {
    if (!saved)
      context_.agent.log.error("{}: the alarm rings, but this cannot be written to the disk: {}",
                               context_.file.name, saved.error().message);
  });
  if (!is_news) return;
  if (const auto commit = object::ObjectId::from_hex(entry->commit)) window_.pin(*commit);
  const std::string text = fmt::format("the alarm rings: {}", describe(*entry));
  context_.agent.log.warning(
      "{}: {}; everything is kept, and commit {} is the last one from before", context_.file.name,
      text, entry->commit.substr(0, 12));
  context_.agent.announce(context_.file.name, "alarm", text, entry->commit);
}

void Alarm::acknowledge(Description::Done done) {
  assert(context_.agent.loop.here());
  if (!is_set()) return done({});
  const config::AlarmEntry alarm = *std::exchange(description_.edit().alarm, std::nullopt);
  ++acknowledged_;
  window_.reset();
  description_.save([this, alarm, done = std::move(done)](const Result<void>& saved) {
    if (!saved) {
      description_.edit().alarm = alarm;
      return done(saved);
    }
    context_.agent.announce(context_.file.name, "alarm", "the alarm was cleared", "");
    done({});
  });
}

}  // namespace vcs::agent::repository
