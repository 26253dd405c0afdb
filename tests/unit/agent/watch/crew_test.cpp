// SPDX-License-Identifier: Apache-2.0
// Tests of agent/watch/crew.
#include "agent/watch/crew.hpp"

#include <catch2/catch.hpp>
#include <functional>
#include <future>
#include <memory>

using vcs::agent::watch::Crew;

namespace {

struct Member final : Crew::Member {
  explicit Member(std::function<bool()> what) : work(std::move(what)) {}
  bool serve() override { return work(); }
  std::function<bool()> work;
};

}  // namespace

TEST_CASE("crew: each member is served after every call, by one thread at a time") {
  struct Counter {
    std::atomic<int> asked{0}, seen{0}, inside{0};
    std::atomic<bool> alone{true};
  };
  Crew crew;
  std::vector<std::unique_ptr<Counter>> counters;
  std::vector<std::unique_ptr<Member>> members;
  for (int each = 0; each < 20; ++each) {
    counters.push_back(std::make_unique<Counter>());
    members.push_back(std::make_unique<Member>([counter = counters.back().get()] {
      if (++counter->inside != 1) counter->alone = false;
      counter->seen = counter->asked.load();
      --counter->inside;
      return false;
    }));
  }
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 3; ++caller)
    callers.emplace_back([&] {
      for (int round = 0; round < 500; ++round)
        for (std::size_t each = 0; each < members.size(); ++each) {
          ++counters[each]->asked;
          crew.call(*members[each]);
        }
    });
  for (std::thread& caller : callers) caller.join();
  for (const auto& counter : counters) {
    while (counter->seen != 1500) std::this_thread::yield();
    CHECK(counter->alone);
  }
  for (const auto& member : members) crew.dismiss(*member);
}

TEST_CASE("crew: members that hang hold up nobody") {
  std::promise<void> end;
  const std::shared_future<void> ended = end.get_future().share();
  Crew crew;
  std::vector<std::unique_ptr<Member>> hanging;
  for (std::size_t each = 0; each <= Crew::kAtOnce; ++each) {
    hanging.push_back(std::make_unique<Member>([ended] {
      ended.wait();
      return false;
    }));
    crew.call(*hanging.back());
  }
  std::promise<void> served;
  Member other([&] {
    served.set_value();
    return false;
  });
  crew.call(other);
  CHECK(served.get_future().wait_for(std::chrono::seconds(60)) == std::future_status::ready);
  end.set_value();
  for (const auto& member : hanging) crew.dismiss(*member);
  crew.dismiss(other);
}

TEST_CASE("crew: who is dismissed is not served any more, and one who wishes is served again") {
  Crew crew;
  std::promise<void> fifth;
  int count = 0;
  Member again([&] {
    if (++count == 5) fifth.set_value();
    return true;
  });
  crew.call(again);
  fifth.get_future().wait();
  crew.dismiss(again);
  const int at_the_end = count;
  crew.call(again);
  std::promise<void> served;
  Member other([&] {
    served.set_value();
    return false;
  });
  crew.call(other);
  served.get_future().wait();
  crew.dismiss(other);
  CHECK(count == at_the_end);
}
