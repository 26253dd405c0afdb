// SPDX-License-Identifier: Apache-2.0
// Cookies: made, awaited, removed.
#include "agent/schedule/sync_point.hpp"

namespace vcs::agent::schedule {

SyncPoint::SyncPoint(loop::EventLoop& loop, base::Random& random,
                     std::shared_ptr<base::Directory> cookie_folder, base::Nanos timeout)
    : loop_(loop), random_(random), folder_(std::move(cookie_folder)), timeout_(timeout) {}

SyncPoint::~SyncPoint() {
  *alive_ = false;
}

void SyncPoint::wait(Done done) {
  const std::string name = "cookie-" + random_.hex(8);
  Waiter& waiter = waiting_.try_emplace(name, loop_).first->second;
  waiter.done = std::move(done);
  waiter.timer.start(timeout_, [this, name] { finish(name, false); });
  // One small file in our own folder, later than every write before the call.
  auto made = std::make_shared<bool>(false);
  loop_.run_in_background(
      loop::Pool::query,
      [folder = folder_, name, made] {
        *made = folder->open_file(name, base::OpenMode::create_new).has_value();
        (void)folder->remove_file(name);
      },
      [this, alive = alive_, name, made] {
        if (*alive && !*made) finish(name, false);
      });
}

void SyncPoint::cookie_seen(const std::string& name) {
  finish(name, true);
}

void SyncPoint::finish(const std::string& name, bool proven) {
  const auto found = waiting_.find(name);
  if (found == waiting_.end()) return;
  const Done done = std::move(found->second.done);
  waiting_.erase(found);
  done(proven);
}

}  // namespace vcs::agent::schedule
