// SPDX-License-Identifier: Apache-2.0
// The queue of shares is bounded by memory, and loses none.
#include <catch2/catch.hpp>

#include "core/snapshot/share_queue.hpp"

namespace vcs::snapshot {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

Share share_number(std::size_t number) {
  Share share;
  share.number = number;
  return share;
}

}  // namespace

TEST_CASE("share queue: as many as there is memory for, and the oldest first") {
  ShareQueue queue(2);
  REQUIRE(queue.empty());
  Share shares[] = {share_number(1), share_number(2), share_number(3)};
  shares[2].piece.lengths = {17};
  REQUIRE(queue.offer(shares[0]));
  REQUIRE(queue.offer(shares[1]));
  REQUIRE_FALSE(queue.offer(shares[2]));
  REQUIRE(shares[2].piece.lengths.size() == 1);  // the caller still has it
  REQUIRE(queue.take()->number == 1);
  REQUIRE(queue.offer(shares[2]));
  REQUIRE(queue.take()->number == 2);
  REQUIRE(queue.take()->number == 3);
  REQUIRE_FALSE(queue.take());
  REQUIRE(queue.empty());
}

TEST_CASE("share queue: without room for any, everybody does his own") {
  ShareQueue queue(0);
  Share share = share_number(1);
  REQUIRE_FALSE(queue.offer(share));
  REQUIRE_FALSE(queue.take());
}

TEST_CASE("share queue: what waits and what the lanes hold fit the memory") {
  for (const std::size_t most : {1u, 2u, 4u, 16u})
    for (std::uint64_t share = kMiB; share <= 8 * kMiB; share *= 2)
      for (std::uint64_t limit = kMiB; limit <= 256 * kMiB; limit *= 2) {
        const LaneLimits lanes{.start = (most + 1) / 2, .most = most};
        const std::size_t waiting = ShareQueue::most_for(limit, share, lanes);
        REQUIRE(waiting <= 2 * lanes.start);
        if (waiting > 0) REQUIRE((waiting + 2 * most) * share <= limit);
      }
  REQUIRE(ShareQueue::most_for(64 * kMiB, 2 * kMiB, {.start = 4, .most = 4}) == 8);
  REQUIRE(ShareQueue::most_for(20 * kMiB, 2 * kMiB, {.start = 4, .most = 4}) == 2);
  REQUIRE(ShareQueue::most_for(16 * kMiB, 2 * kMiB, {.start = 4, .most = 4}) == 0);
}

TEST_CASE("share queue: a buffer that is given back is used again") {
  ShareQueue queue(1);
  base::Buffer buffer = queue.spare_buffer();
  REQUIRE(buffer.size() == 0);
  buffer.resize(100);
  const std::uint8_t* const memory = buffer.data();
  queue.give_back(std::move(buffer));
  REQUIRE(queue.spare_buffer().data() == memory);
  REQUIRE(queue.spare_buffer().size() == 0);
}

}  // namespace vcs::snapshot
