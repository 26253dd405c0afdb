// SPDX-License-Identifier: Apache-2.0
// Tests of the locks and of what they guard.
#include "core/base/guarded.hpp"

#include <catch2/catch.hpp>
#include <chrono>
#include <functional>
#include <latch>
#include <string>
#include <thread>
#include <vector>

using namespace vcs::base;

namespace {

// Asked by another thread, for a thread must not try what it has.
bool is_free(Mutex& mutex) {
  bool free = false;
  std::thread([&] {
    if (!mutex.try_lock()) return;
    free = true;
    mutex.unlock();
  }).join();
  return free;
}

void on_threads(std::size_t count, const std::function<void()>& work) {
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < count; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
}

// A ball that two throw to and fro.
struct Game {
  Mutex mutex;
  Condition thrown;
  int turns VCS_GUARDED_BY(mutex) = 0;

  // Throws whenever `remainder` of two turns says that it is its turn.
  void play(int remainder, int most) {
    for (;;) {
      Lock lock(mutex);
      while (turns < most && turns % 2 != remainder) thrown.wait(lock);
      if (turns >= most) return;
      ++turns;
      thrown.notify_all();
    }
  }
};

}  // namespace

TEST_CASE("guarded: what several threads do to a value, they do one after the other") {
  Guarded<std::pair<int, int>> counts;
  on_threads(4, [&] {
    for (int i = 0; i < 5000; ++i) {
      const auto both = counts.lock();
      ++both->first;
      both->second = both->first;
    }
  });
  const auto both = counts.lock();
  CHECK(both->first == 20000);
  CHECK(both->second == 20000);
}

TEST_CASE("guarded: a value is locked up to the end of the statement, or as long as its handle") {
  Guarded<std::vector<int>> order;
  std::thread second;
  {
    const auto held = order.lock();
    second = std::thread([&] { order.lock()->push_back(2); });
    held->push_back(1);
  }
  second.join();
  order.lock()->push_back(3);
  const auto all = order.lock();
  CHECK(*all == std::vector{1, 2, 3});
}

TEST_CASE("guarded: it begins with what it is given, and a const one is only read") {
  const Guarded<std::string> word("one");
  CHECK(word.lock()->size() == 3);
  const Guarded<int> nothing;
  const auto zero = nothing.lock();
  CHECK(*zero == 0);
}

TEST_CASE("mutex: a lock has it while it lives, but between unlock and lock") {
  Mutex mutex;
  {
    Lock lock(mutex);
    CHECK_FALSE(is_free(mutex));
    lock.unlock();
    CHECK(is_free(mutex));
    lock.lock();
    CHECK_FALSE(is_free(mutex));
  }
  CHECK(is_free(mutex));
  {
    Lock lock(mutex);
    lock.unlock();
  }
  CHECK(is_free(mutex));
}

TEST_CASE("mutex: who tried and got it hands it to a lock") {
  Mutex mutex;
  if (mutex.try_lock()) {
    const Lock lock(mutex, std::adopt_lock);
    CHECK_FALSE(is_free(mutex));
  }
  CHECK(is_free(mutex));
}

TEST_CASE("condition: whoever waits gives the mutex back, and has it again when woken") {
  Game game;
  std::thread other([&] { game.play(1, 1000); });
  game.play(0, 1000);
  other.join();
  const Lock lock(game.mutex);
  CHECK(game.turns == 1000);
}

TEST_CASE("condition: a wait ends with its time") {
  Mutex mutex;
  Condition never;
  Lock lock(mutex);
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(1);
  while (never.wait_until(lock, end)) {
  }
  CHECK(std::chrono::steady_clock::now() >= end);
  CHECK_FALSE(is_free(mutex));
}

TEST_CASE("shared mutex: readers have it together, a writer alone") {
  struct {
    SharedMutex mutex;
    int sum VCS_GUARDED_BY(mutex) = 0;
  } shared;
  std::latch both(2);
  on_threads(2, [&] {
    const ReadLock lock(shared.mutex);
    both.arrive_and_wait();  // for ever, if one kept the other out
  });
  on_threads(4, [&] {
    for (int i = 0; i < 5000; ++i) {
      const WriteLock lock(shared.mutex);
      ++shared.sum;
    }
  });
  const ReadLock lock(shared.mutex);
  CHECK(shared.sum == 20000);
}
