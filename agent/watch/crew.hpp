// SPDX-License-Identifier: Apache-2.0
// A few threads that serve many members, each by one thread at a time.
//
// Two members are served at once. One that does not come back, because its disk does not answer,
// holds up nobody: who has waited for a second is served by one thread more. Thread-safe.
#pragma once

#include <chrono>
#include <list>
#include <thread>
#include <vector>

#include "core/base/guarded.hpp"

namespace vcs::agent::watch {

class Crew {
 public:
  using Clock = std::chrono::steady_clock;

  class Member {
   public:
    virtual ~Member() = default;
    Member() = default;
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;
    // True: to be served once more in kRecall, whoever calls or not. Must not throw.
    virtual bool serve() = 0;

   private:
    friend class Crew;
    enum class State { idle, called, served };
    struct Service {
      explicit Service(Member* self) : call{self}, recall{self} {}
      // Its places in the queues while it is in none, so that to call it needs no memory.
      std::list<Member*> call, recall;
      Clock::time_point due;  // recalled
      State state = State::idle;
      bool called_again = false;  // while it is served
      bool dismissed = false;
      Clock::time_point since;  // called
    };
    Service service_{this};  // of Crew::of() alone
  };

  // Wide enough for the second half of something to arrive, too short for anybody to notice.
  static constexpr auto kRecall = std::chrono::milliseconds(5);
  static constexpr std::size_t kAtOnce = 2, kMostThreads = 64;

  ~Crew();  // every member was dismissed

  // Serves it soon: once, however often it is called until then. Needs no memory.
  void call(Member& member);
  // Nobody serves it, nor is about to.
  bool is_idle(const Member& member) const;
  // It is not served any more when this returns.
  void dismiss(Member& member);

 private:
  // The mutex guards this part of a member, too.
  Member::Service& of(Member& member) VCS_REQUIRES(mutex_) { return member.service_; }
  const Member::Service& of(const Member& member) const VCS_REQUIRES(mutex_) {
    return member.service_;
  }
  void hire() VCS_REQUIRES(mutex_);
  void work();
  void wait(base::Lock& lock) VCS_REQUIRES(mutex_);
  Member& take_next() VCS_REQUIRES(mutex_);
  void was_served(Member& member, bool again) VCS_REQUIRES(mutex_);
  void queue(Member& member) VCS_REQUIRES(mutex_);
  void recall(Member& member) VCS_REQUIRES(mutex_);
  void recall_due() VCS_REQUIRES(mutex_);
  bool may_serve() const VCS_REQUIRES(mutex_);

  mutable base::Mutex mutex_;
  base::Condition wake_, served_;
  std::list<Member*> called_ VCS_GUARDED_BY(mutex_);   // who was called first is the first
  std::list<Member*> recalls_ VCS_GUARDED_BY(mutex_);  // the first is due first
  std::vector<std::thread> threads_ VCS_GUARDED_BY(mutex_);
  std::size_t serving_ VCS_GUARDED_BY(mutex_) = 0;  // of the threads; at least one more waits
  bool stopping_ VCS_GUARDED_BY(mutex_) = false;
};

}  // namespace vcs::agent::watch
