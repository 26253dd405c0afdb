// SPDX-License-Identifier: Apache-2.0
// A few threads serve many members; one thread at a time serves a member.
//
// Two members are served at once. A member whose disk does not answer delays no other: one more
// thread serves a member that has waited for a second. Thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

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
    // Its list nodes while it is in no queue, so that call() allocates nothing.
    std::list<Member*> call_{this}, recall_{this};
    Clock::time_point due_;  // when it is recalled
    enum class State { idle, called, served };
    State state_ = State::idle;
    bool called_again_ = false;  // while it is served
    bool dismissed_ = false;
    Clock::time_point since_;  // when it was called
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
  void hire();
  void work();
  void wait(std::unique_lock<std::mutex>& lock);
  void serve_next(std::unique_lock<std::mutex>& lock);
  void queue(Member& member);
  void recall(Member& member);
  void recall_due();
  bool may_serve() const;

  mutable std::mutex mutex_;
  std::condition_variable wake_, served_;
  std::list<Member*> called_;   // in the order of the calls
  std::list<Member*> recalls_;  // the first is due first
  std::vector<std::thread> threads_;
  std::size_t serving_ = 0;  // threads that serve; at least one more waits
  bool stopping_ = false;
};

}  // namespace vcs::agent::watch
