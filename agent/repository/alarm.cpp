// SPDX-License-Identifier: Apache-2.0
// The window says when to judge, the history is judged, and the description stores the alarm.
#include "agent/repository/alarm.hpp"

#include <cassert>

#include "core/history/upheaval.hpp"

namespace vcs::agent::repository {
namespace {

using history::Upheaval;
using Looks = std::vector<schedule::BrakeWindow::Look>;

std::string describe(const config::BrakeEntry& brake) {
  if (brake.reason == config::AlarmReason::encryption)
    return fmt::format("{} files were rewritten with content that looks encrypted",
                       brake.rewritten);
  return fmt::format("{} files were deleted within minutes", brake.deleted);
}

config::BrakeEntry brake_entry(const Upheaval& found, base::UnixNanos now) {
  config::BrakeEntry brake;
  brake.reason = found.kind == Upheaval::Kind::encryption ? config::AlarmReason::encryption
                                                          : config::AlarmReason::deletion;
  brake.since = now;
  brake.commit = found.last_good.hex();
  brake.deleted = found.deleted;
  brake.rewritten = found.rewritten;
  return brake;
}

// Returns the first alarming change in `looks`. Not on the loop.
Result<Upheaval> examine(history::Repository& history, const Looks& looks) {
  Upheaval found;
  for (const auto& [before, after] : looks) {
    VCS_ASSIGN(found, history::examine_upheaval(history, before, after));
    if (found.kind != Upheaval::Kind::none) break;
  }
  return found;
}

}  // namespace

Alarm::Alarm(const RepositoryContext& context, Description& description,
             std::shared_ptr<history::Repository> history)
    : context_(context), description_(description), history_(std::move(history)) {
  if (!is_set()) return;
  if (const auto commit = object::ObjectId::from_hex(description_->brake->commit))
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
       acknowledged = acknowledged_](const Result<Upheaval>& found) {
        const bool is_news = acknowledged == acknowledged_;
        if (is_news && !found)
          context_.agent.log.warning(
              "{}: cannot check whether many files were deleted or encrypted: {}",
              context_.file.name, found.error().message);
        else if (is_news && found->kind != Upheaval::Kind::none)
          set(brake_entry(*found, context_.agent.clock.now()));
        looked();
      });
}

// If the alarm is set already, only updates its counts.
void Alarm::set(config::BrakeEntry brake) {
  assert(context_.agent.loop.here());
  std::optional<config::BrakeEntry>& entry = description_.edit().brake;
  const bool is_news = !entry;
  if (!is_news) {
    brake.since = entry->since;
    brake.commit = entry->commit;
  }
  entry = std::move(brake);
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
  context_.agent.announce(context_.file.name, "brake", text, entry->commit);
}

void Alarm::acknowledge(Description::Done done) {
  assert(context_.agent.loop.here());
  if (!is_set()) return done({});
  const config::BrakeEntry brake = *std::exchange(description_.edit().brake, std::nullopt);
  ++acknowledged_;
  window_.reset();
  description_.save([this, brake, done = std::move(done)](const Result<void>& saved) {
    if (!saved) {
      description_.edit().brake = brake;
      return done(saved);
    }
    context_.agent.announce(context_.file.name, "brake", "the alarm was cleared", "");
    done({});
  });
}

}  // namespace vcs::agent::repository
