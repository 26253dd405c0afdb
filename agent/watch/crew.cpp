// SPDX-License-Identifier: Apache-2.0
// One queue of called members, and threads that take members from it.
#include "agent/watch/crew.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "core/base/memory.hpp"
#include "core/base/thread_name.hpp"

namespace vcs::agent::watch {
namespace {

// After a wait of this length the crew assumes that the members served now hang.
constexpr auto kPatience = std::chrono::seconds(1);

}  // namespace

Crew::~Crew() {
  {
    const base::Lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Crew::call(Member& member) {
  const base::Lock lock(mutex_);
  queue(member);
}

void Crew::queue(Member& member) {
  Member::Service& service = of(member);
  if (service.dismissed) return;
  if (service.state == Member::State::served) service.called_again = true;
  if (service.state != Member::State::idle) return;
  service.state = Member::State::called;
  service.since = Clock::now();
  called_.splice(called_.end(), service.call);
  if (threads_.empty()) hire();
  wake_.notify_one();
}

bool Crew::is_idle(const Member& member) const {
  const base::Lock lock(mutex_);
  return of(member).state == Member::State::idle;
}

void Crew::hire() {
  if (threads_.size() >= kMostThreads) return;
  try {
    (void)base::has_memory_for(
        [this]() VCS_REQUIRES(mutex_) { threads_.emplace_back([this] { work(); }); });
  } catch (const std::system_error&) {
    // The system has no thread left; the existing threads serve the member later.
  }
}

void Crew::dismiss(Member& member) {
  base::Lock lock(mutex_);
  of(member).dismissed = true;
  std::erase(called_, &member);
  std::erase(recalls_, &member);
  while (of(member).state == Member::State::served) served_.wait(lock);
}

void Crew::work() {
  base::name_this_thread("vcsd-watch");
  base::Lock lock(mutex_);
  while (!stopping_) {
    recall_due();
    if (!may_serve()) {
      wait(lock);
      continue;
    }
    Member& member = take_next();
    lock.unlock();
    const bool again = member.serve();
    lock.lock();
    was_served(member, again);
  }
}

bool Crew::may_serve() const {
  if (called_.empty()) return false;
  return serving_ < kAtOnce || Clock::now() >= of(*called_.front()).since + kPatience;
}

void Crew::wait(base::Lock& lock) {
  auto until = Clock::time_point::max();
  if (!recalls_.empty()) until = of(*recalls_.front()).due;
  if (!called_.empty()) until = std::min(until, of(*called_.front()).since + kPatience);
  until == Clock::time_point::max() ? wake_.wait(lock) : (void)wake_.wait_until(lock, until);
}

void Crew::recall(Member& member) {
  Member::Service& service = of(member);
  service.due = Clock::now() + kRecall;
  auto& from = service.recall.empty() ? recalls_ : service.recall;
  recalls_.splice(recalls_.end(), from, std::find(from.begin(), from.end(), &member));
}

void Crew::recall_due() {
  const Clock::time_point now = Clock::now();
  while (!recalls_.empty() && of(*recalls_.front()).due <= now) {
    Member& member = *recalls_.front();
    std::list<Member*>& recall = of(member).recall;
    recall.splice(recall.end(), recalls_, recalls_.begin());
    queue(member);
  }
}

Crew::Member& Crew::take_next() {
  Member& member = *called_.front();
  Member::Service& service = of(member);
  service.call.splice(service.call.end(), called_, called_.begin());
  service.state = Member::State::served;
  if (++serving_ == threads_.size()) hire();
  if (!called_.empty() || !recalls_.empty()) wake_.notify_one();
  return member;
}

void Crew::was_served(Member& member, bool again) {
  --serving_;
  Member::Service& service = of(member);
  service.state = Member::State::idle;
  if (service.dismissed) return served_.notify_all();
  if (std::exchange(service.called_again, false)) return queue(member);
  if (again) recall(member);
}

}  // namespace vcs::agent::watch
