// SPDX-License-Identifier: Apache-2.0
// Proof that everything written before a call has been told by the watcher.
//
// The agent creates a file, the cookie, in a folder that the same event queue watches. Its event
// cannot overtake earlier ones, so when it arrives all of them have been passed on. If it does not
// arrive in time, the caller must walk the tree instead. Loop thread only.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "agent/loop/event_loop.hpp"
#include "agent/loop/timer.hpp"
#include "core/base/filesystem.hpp"
#include "core/base/random.hpp"

namespace vcs::agent::schedule {

class SyncPoint {
 public:
  // `proven`: false means that the time ran out or no cookie could be written.
  using Done = std::function<void(bool proven)>;

  SyncPoint(loop::EventLoop& loop, base::Random& random,
            std::shared_ptr<base::Directory> cookie_folder,
            base::Nanos timeout = std::chrono::seconds(1));
  ~SyncPoint();

  void wait(Done done);
  // From the watcher, by way of the loop.
  void cookie_seen(const std::string& name);

 private:
  struct Waiter {
    explicit Waiter(loop::EventLoop& loop) : timer(loop) {}
    Done done;
    loop::Timer timer;
  };
  void finish(const std::string& name, bool proven);

  loop::EventLoop& loop_;
  base::Random& random_;
  std::shared_ptr<base::Directory> folder_;
  base::Nanos timeout_;
  std::unordered_map<std::string, Waiter> waiting_;
  // False when this is gone: a disk may answer later than anybody waits.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace vcs::agent::schedule
