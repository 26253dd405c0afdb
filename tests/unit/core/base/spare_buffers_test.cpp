// SPDX-License-Identifier: Apache-2.0
// Tests of keeping buffers for the next use.
#include "core/base/spare_buffers.hpp"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

namespace vcs::base {
namespace {

constexpr std::size_t kMost = 3, kLargest = std::size_t{1} << 20;

Buffer of_size(std::size_t size) {
  Buffer buffer;
  buffer.resize(size);
  return buffer;
}

TEST_CASE("buffer: growing keeps what is there, and a moved one is empty") {
  Buffer buffer = of_size(3);
  std::copy_n("abc", 3, buffer.data());
  buffer.resize(100'000);
  CHECK(as_text(buffer.view().first(3)) == "abc");
  const Buffer other = std::move(buffer);
  CHECK(other.size() == 100'000);
  CHECK(buffer.size() == 0);  // NOLINT(bugprone-use-after-move): it may be used again
  CHECK(buffer.capacity() == 0);
  buffer.resize(2);
  CHECK(buffer.data() != nullptr);
}

TEST_CASE("spare buffers: memory comes back when the last who shares it is done") {
  SpareBuffers spare(kMost, kLargest);
  REQUIRE(spare.take().capacity() == 0);
  auto first = spare.share(of_size(1000));
  const std::uint8_t* const memory = first->data();
  auto second = first;
  first.reset();
  REQUIRE(spare.take().capacity() == 0);
  second.reset();
  REQUIRE(spare.take().data() == memory);
  REQUIRE(spare.take().capacity() == 0);
}

TEST_CASE("spare buffers: neither many nor huge ones are kept") {
  SpareBuffers spare(kMost, kLargest);
  spare.share(of_size(kLargest + 1)).reset();
  spare.give_back(of_size(kLargest + 1));
  REQUIRE(spare.take().capacity() == 0);
  std::vector<std::shared_ptr<const Buffer>> shared;
  for (int i = 0; i < 100; ++i) shared.push_back(spare.share(of_size(10)));
  shared.clear();
  for (std::size_t kept = 0; kept < kMost; ++kept) REQUIRE(spare.take().capacity() == 10);
  REQUIRE(spare.take().capacity() == 0);
}

TEST_CASE("spare buffers: many threads take and give back") {
  SpareBuffers spare(kMost, kLargest);
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (std::uint8_t number = 0; number < 4; ++number)
    threads.emplace_back([&, number] {
      for (int round = 0; round < 2000; ++round) {
        Buffer buffer = spare.take();
        buffer.resize(100);
        std::fill_n(buffer.data(), 100, number);
        const auto shared = spare.share(std::move(buffer));
        for (const std::uint8_t byte : shared->view()) wrong += byte != number;
      }
    });
  for (std::thread& thread : threads) thread.join();
  REQUIRE(wrong == 0);
}

}  // namespace
}  // namespace vcs::base
