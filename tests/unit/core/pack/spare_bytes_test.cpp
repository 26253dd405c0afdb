// SPDX-License-Identifier: Apache-2.0
// Tests of reusing the memory of decoded frames.
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "core/pack/spare_bytes.hpp"

namespace vcs::pack {
namespace {

TEST_CASE("spare bytes: memory comes back when the last who shares it is done") {
  SpareBytes spare;
  REQUIRE(spare.take().empty());
  auto first = spare.share(base::Bytes(1000, 7));
  const std::uint8_t* const memory = first->data();
  auto second = first;
  first.reset();
  REQUIRE(spare.take().empty());
  REQUIRE(second->at(999) == 7);
  second.reset();
  REQUIRE(spare.take().data() == memory);
  REQUIRE(spare.take().empty());
}

TEST_CASE("spare bytes: neither many nor huge ones are kept") {
  SpareBytes spare;
  spare.share(base::Bytes(std::size_t{64} << 20)).reset();
  REQUIRE(spare.take().empty());
  std::vector<std::shared_ptr<const base::Bytes>> shared;
  for (int i = 0; i < 100; ++i) shared.push_back(spare.share(base::Bytes(10)));
  shared.clear();
  int kept = 0;
  while (!spare.take().empty()) ++kept;
  REQUIRE(kept > 0);
  REQUIRE(kept < 10);
}

TEST_CASE("spare bytes: many threads take and give back") {
  SpareBytes spare;
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (std::uint8_t number = 0; number < 4; ++number)
    threads.emplace_back([&, number] {
      for (int round = 0; round < 2000; ++round) {
        base::Bytes bytes = spare.take();
        bytes.assign(100, number);
        const auto shared = spare.share(std::move(bytes));
        for (const std::uint8_t byte : *shared) wrong += byte != number;
      }
    });
  for (std::thread& thread : threads) thread.join();
  REQUIRE(wrong == 0);
}

}  // namespace
}  // namespace vcs::pack
