// SPDX-License-Identifier: Apache-2.0
// A few threads serve many members; one thread at a time serves a member.
//
// Two members are served at once. A member whose disk does not answer delays no other: one more
// thread serves a member that has waited for a second. Thread-safe.
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
    // True: the crew serves it again after kRecall, even if nobody calls. Must not throw.
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
      Clock::time_point since;  // when it was called
    };
    Service service_{this};  // of Crew::of() alone
  };

  // Long enough for the second half of a rename to arrive, too short for a person to notice.
  static constexpr auto kRecall = std::chrono::milliseconds(5);
  static constexpr std::size_t kAtOnce = 2, kMostThreads = 64;

  ~Crew();  // every member was dismissed

  // Serves the member soon: once, however often it is called until then. Allocates nothing.
  void call(Member& member);
  // No thread serves the member, and it is in no queue of called members.
  bool is_idle(const Member& member) const;
  // No thread serves the member any more when this returns.
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
  std::list<Member*> called_ VCS_GUARDED_BY(mutex_);   // in the order of the calls
  std::list<Member*> recalls_ VCS_GUARDED_BY(mutex_);  // the first is due first
  std::vector<std::thread> threads_ VCS_GUARDED_BY(mutex_);
  std::size_t serving_ VCS_GUARDED_BY(mutex_) = 0;  // threads that serve; at least one more waits
  bool stopping_ VCS_GUARDED_BY(mutex_) = false;
};

}  // namespace vcs::agent::watch
