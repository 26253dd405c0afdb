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
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Crew::call(Member& member) {
  const std::lock_guard lock(mutex_);
  queue(member);
}

void Crew::queue(Member& member) {
  if (member.dismissed_) return;
  if (member.state_ == Member::State::served) member.called_again_ = true;
  if (member.state_ != Member::State::idle) return;
  member.state_ = Member::State::called;
  member.since_ = Clock::now();
  called_.splice(called_.end(), member.call_);
  if (threads_.empty()) hire();
  wake_.notify_one();
}

bool Crew::is_idle(const Member& member) const {
  const std::lock_guard lock(mutex_);
  return member.state_ == Member::State::idle;
}

void Crew::hire() {
  if (threads_.size() >= kMostThreads) return;
  try {
    (void)base::has_memory_for([this] { threads_.emplace_back([this] { work(); }); });
  } catch (const std::system_error&) {
    // The system has no thread left; the existing threads serve the member later.
  }
}

void Crew::dismiss(Member& member) {
  std::unique_lock lock(mutex_);
  member.dismissed_ = true;
  std::erase(called_, &member);
  std::erase(recalls_, &member);
  served_.wait(lock, [&] { return member.state_ != Member::State::served; });
}

void Crew::work() {
  base::name_this_thread("vcsd-watch");
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    recall_due();
    may_serve() ? serve_next(lock) : wait(lock);
  }
}

bool Crew::may_serve() const {
  if (called_.empty()) return false;
  return serving_ < kAtOnce || Clock::now() >= called_.front()->since_ + kPatience;
}

void Crew::wait(std::unique_lock<std::mutex>& lock) {
  auto until = Clock::time_point::max();
  if (!recalls_.empty()) until = recalls_.front()->due_;
  if (!called_.empty()) until = std::min(until, called_.front()->since_ + kPatience);
  until == Clock::time_point::max() ? wake_.wait(lock) : (void)wake_.wait_until(lock, until);
}

void Crew::recall(Member& member) {
  member.due_ = Clock::now() + kRecall;
  auto& from = member.recall_.empty() ? recalls_ : member.recall_;
  recalls_.splice(recalls_.end(), from, std::find(from.begin(), from.end(), &member));
}

void Crew::recall_due() {
  const Clock::time_point now = Clock::now();
  while (!recalls_.empty() && recalls_.front()->due_ <= now) {
    Member& member = *recalls_.front();
    member.recall_.splice(member.recall_.end(), recalls_, recalls_.begin());
    queue(member);
  }
}

void Crew::serve_next(std::unique_lock<std::mutex>& lock) {
  Member& member = *called_.front();
  member.call_.splice(member.call_.end(), called_, called_.begin());
  member.state_ = Member::State::served;
  if (++serving_ == threads_.size()) hire();
  if (!called_.empty() || !recalls_.empty()) wake_.notify_one();
  lock.unlock();
  const bool again = member.serve();
  lock.lock();
  --serving_;
  member.state_ = Member::State::idle;
  if (member.dismissed_) return served_.notify_all();
  if (std::exchange(member.called_again_, false)) return queue(member);
  if (again) recall(member);
}

}  // namespace vcs::agent::watch
