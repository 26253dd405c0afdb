// SPDX-License-Identifier: Apache-2.0
// Tests of the thread pool.
#include "core/base/thread_pool.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <set>

using namespace vcs::base;

TEST_CASE("thread pool: everything queued is done before the pool is gone") {
  std::atomic<int> done{0};
  {
    ThreadPool pool(3, "test-with-a-long-name");
    for (int i = 0; i < 1000; ++i) pool.submit([&] { ++done; });
  }
  CHECK(done == 1000);
}

TEST_CASE("thread pool: a pool of no threads still has one") {
  std::atomic<int> done{0};
  {
    ThreadPool pool(0, "test");
    CHECK(pool.size() == 1);
    pool.submit([&] { ++done; });
  }
  CHECK(done == 1);
}

TEST_CASE("thread pool: each lane runs once, however many there are") {
  ThreadPool pool(2, "test");
  for (const std::size_t lanes : {0, 1, 2, 3, 50}) {
    std::vector<std::atomic<int>> runs(lanes);
    pool.run_lanes(lanes, [&](std::size_t lane) { ++runs[lane]; });
    for (const auto& count : runs) CHECK(count == 1);
  }
}

TEST_CASE("thread pool: lanes are done by the caller while all threads are busy") {
  std::mutex gate;
  gate.lock();
  ThreadPool pool(1, "test");
  pool.submit([&] { const std::lock_guard wait(gate); });
  std::set<std::thread::id> seen;
  pool.run_lanes(4, [&](std::size_t) { seen.insert(std::this_thread::get_id()); });
  CHECK(seen == std::set<std::thread::id>{std::this_thread::get_id()});
  gate.unlock();
}

TEST_CASE("memory: what a lane throws comes to its caller when all have ended") {
  ThreadPool pool(3, "test");
  std::atomic<int> ended{0};
  const auto lane = [&](std::size_t number) {
    if (number % 2 == 1) throw std::bad_alloc();
    ++ended;
  };
  CHECK_THROWS_AS(pool.run_lanes(8, lane), std::bad_alloc);
  CHECK(ended == 4);
  pool.run_lanes(2, [&](std::size_t) { ++ended; });
  CHECK(ended == 6);
}

TEST_CASE("thread pool: many callers share it") {
  ThreadPool pool(2, "test");
  std::atomic<int> done{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i)
    callers.emplace_back([&] {
      for (int round = 0; round < 100; ++round) pool.run_lanes(3, [&](std::size_t) { ++done; });
    });
  for (std::thread& caller : callers) caller.join();
  CHECK(done == 4 * 100 * 3);
}
