// SPDX-License-Identifier: Apache-2.0
// The order of events, look and snapshots.
#include "agent/schedule/synced_snapshot.hpp"

namespace vcs::agent::schedule {

void SyncedSnapshot::told() {
  told_ = true;
  if (looked_ || look_ == Look::beside) start();
}

void SyncedSnapshot::looked(bool found) {
  looked_ = true;
  if (told_ && look_ == Look::first) return start();
  again_ = found && told_;
  answer();
}

void SyncedSnapshot::start() {
  run_([self = shared_from_this()](const Result& result) {
    self->first_ = result;
    self->answer();
  });
}

void SyncedSnapshot::answer() {
  if (!first_ || !looked_) return;
  const Result first = std::move(*first_);
  first_.reset();
  if (!first || !again_) return done_(first);
  run_([first, self = shared_from_this()](const Result& second) {
    self->done_(second && !second->created ? first : second);
  });
}

}  // namespace vcs::agent::schedule
