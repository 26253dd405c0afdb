// SPDX-License-Identifier: Apache-2.0
// Keeps sums over the last minutes.
#include "agent/schedule/alarm_window.hpp"

#include <algorithm>

#include "core/history/mass_change.hpp"

namespace vcs::agent::schedule {
namespace {

constexpr std::uint64_t kLongest = 1000;

}  // namespace

void AlarmWindow::add(const object::ObjectId& parent, const object::ObjectId& commit,
                      const object::ChangeCounts& changed, base::SteadyNanos now) {
  while (!pinned_ && !steps_.empty() && now - steps_.front().time > kLength) {
    changes_ -= steps_.front().changes;
    steps_.pop_front();
  }
  examined_ = std::min(examined_, changes_);
  // So many changes were examined and found harmless that new ones would not stand out.
  if (!pinned_ && examined_ >= kLongest) start_anew();
  // Only files that were there before can be lost: added files do not count.
  const std::uint64_t changes = changed.modified + changed.deleted;
  if (pinned_ && !steps_.empty())
    steps_.back().changes += changes;
  else
    steps_.push_back({parent, changes, now});
  changes_ += changes;
  const std::uint64_t news = changes_ - examined_;
  if (news < std::max(history::MassChange::kLeastFiles, examined_ / 4)) return;
  examined_ = changes_;
  const object::ObjectId& before = pinned_ ? *pinned_ : steps_.front().parent;
  if (due_.empty() || due_.back().before != before) due_.push_back({before, commit});
  due_.back().after = commit;
}

void AlarmWindow::start_anew() {
  steps_.clear();
  changes_ = examined_ = 0;
}

}  // namespace vcs::agent::schedule
