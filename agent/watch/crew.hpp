// SPDX-License-Identifier: Apache-2.0
// A few threads that serve many members, each by one thread at a time.
//
// Two members are served at once. One that does not come back, because its disk does not answer,
// holds up nobody: who has waited for a second is served by one thread more. Thread-safe.
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
    // True: to be served once more in kRecall, whoever calls or not. Must not throw.
    virtual bool serve() = 0;

   private:
    friend class Crew;
    // Its places in the queues while it is in none, so that to call it needs no memory.
    std::list<Member*> call_{this}, recall_{this};
    Clock::time_point due_;  // recalled
    enum class State { idle, called, served };
    State state_ = State::idle;
    bool called_again_ = false;  // while it is served
    bool dismissed_ = false;
    Clock::time_point since_;  // called
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
  std::list<Member*> called_;   // who was called first is the first
  std::list<Member*> recalls_;  // the first is due first
  std::vector<std::thread> threads_;
  std::size_t serving_ = 0;  // of the threads; at least one more waits
  bool stopping_ = false;
};

}  // namespace vcs::agent::watch
