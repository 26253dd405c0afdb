// SPDX-License-Identifier: Apache-2.0
// The brake of a watched repository: set when many files were deleted or encrypted within minutes,
// kept until a person takes it off.
#include "core/history/upheaval.hpp"

#include "agent/repository/watched_repository.hpp"
#include "core/base/memory.hpp"

namespace vcs::agent::repository {
namespace {

using base::Result;
using history::Upheaval;

std::string describe(const config::BrakeEntry& brake) {
  if (brake.reason == config::BrakeEntry::kEncryption)
    return fmt::format("{} files were rewritten with content that looks encrypted",
                       brake.rewritten);
  return fmt::format("{} files were deleted within minutes", brake.deleted);
}

config::BrakeEntry brake_entry(const Upheaval& found, base::UnixNanos now) {
  config::BrakeEntry brake;
  brake.reason = found.kind == Upheaval::Kind::encryption ? config::BrakeEntry::kEncryption
                                                          : config::BrakeEntry::kDeletion;
  brake.since = now;
  brake.commit = found.last_good.hex();
  brake.deleted = found.deleted;
  brake.rewritten = found.rewritten;
  return brake;
}

}  // namespace

// What was before the agent's start is judged with the first commit after it, as one step.
void WatchedRepository::look_for_upheaval() {
  const auto looks = brake_window_.take_due();
  if (!settings_.core.brake || looks.empty()) return;
  auto self = shared_from_this();
  auto found = std::make_shared<Result<Upheaval>>();
  ++in_background_;
  context_.loop.run_in_background(
      loop::Pool::query,
      [found, looks, repository = repository_] {
        for (const auto& [before, after] : looks) {
          *found = base::within_memory([&, before = before, after = after] {
            return history::examine_upheaval(*repository, before, after);
          });
          if (!*found || (*found)->kind != Upheaval::Kind::none) break;
        }
      },
      [this, self, found, acknowledged = acknowledged_] {
        const bool is_news = state_ != State::closed && acknowledged == acknowledged_;
        if (is_news && !*found)
          context_.log.warning("{}: cannot judge what was deleted and rewritten: {}", file_.name,
                               found->error().message);
        else if (is_news && (*found)->kind != Upheaval::Kind::none)
          set_brake(brake_entry(**found, context_.clock.now()));
        after_saves_ended();
      });
}

// Once it is set, further looks only tell how far it has come.
void WatchedRepository::set_brake(config::BrakeEntry brake) {
  const bool news = !file_.brake;
  if (!news) {
    brake.since = file_.brake->since;
    brake.commit = file_.brake->commit;
  }
  file_.brake = std::move(brake);
  save_file([this, self = shared_from_this()](const Result<void>& saved) {
    if (!saved)
      context_.log.error("{}: the alarm rings, but that cannot be written down: {}", file_.name,
                         saved.error().message);
  });
  if (!news) return;
  if (const auto commit = object::ObjectId::from_hex(file_.brake->commit))
    brake_window_.pin(*commit);
  const std::string text = fmt::format("the alarm rings: {}", describe(*file_.brake));
  context_.log.warning("{}: {}; everything is kept, and was well in commit {}", file_.name, text,
                       file_.brake->commit.substr(0, 12));
  context_.announce(file_.name, "brake", text, file_.brake->commit);
}

void WatchedRepository::acknowledge_brake(Done done) {
  if (!file_.brake) return done({});
  const config::BrakeEntry brake = *std::exchange(file_.brake, std::nullopt);
  ++acknowledged_;
  brake_window_.reset();
  save_file([this, self = shared_from_this(), brake, done](const Result<void>& saved) {
    if (!saved) {
      file_.brake = brake;
      return done(saved);
    }
    context_.announce(file_.name, "brake", "the alarm was cleared", "");
    done({});
  });
}

}  // namespace vcs::agent::repository
