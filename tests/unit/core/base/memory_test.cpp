// SPDX-License-Identifier: Apache-2.0
// Memory that cannot be had is an error of the work that asked for it.
#include "core/base/memory.hpp"

#include <catch2/catch.hpp>
#include <cerrno>
#include <new>
#include <string>
#include <thread>

namespace vcs::base {

TEST_CASE("memory: work that gets none fails alone") {
  // Throws by hand: a sanitizer would end the program at a real allocation of that size.
  const auto result = within_memory([]() -> Result<std::size_t> { throw std::bad_alloc(); });
  REQUIRE_FALSE(result);
  CHECK(result.error().os_error == ENOMEM);
  CHECK(result.error().message.find("memory") != std::string::npos);
  const auto longer = within_memory([]() -> Result<void> {
    std::string().reserve(std::string().max_size() + 1);
    return {};
  });
  CHECK_FALSE(longer);
  CHECK(*within_memory([] { return Result<int>(7); }) == 7);
}

TEST_CASE("memory: a reserve is given away once, to its own thread") {
  const auto in_vain = [] { CHECK_THROWS_AS(std::get_new_handler()(), std::bad_alloc); };
  {
    MemoryReserve reserve;
    std::thread(in_vain).join();
    CHECK_NOTHROW(std::get_new_handler()());
    in_vain();
    reserve.refill();
    CHECK_NOTHROW(std::get_new_handler()());
  }
  in_vain();
}

TEST_CASE("memory: who has a reserve waits for others, for so long") {
  MemoryReserve reserve(std::chrono::milliseconds(50));
  const auto handler = std::get_new_handler();
  CHECK_NOTHROW(handler());  // the reserve
  CHECK_NOTHROW(handler());
  CHECK_NOTHROW(handler());
  CHECK_THROWS_AS(handler(), std::bad_alloc);
  reserve.refill();
  CHECK_NOTHROW(handler());
  CHECK_NOTHROW(handler());
}

TEST_CASE("memory: work that ends has had it") {
  CHECK(has_memory_for([] {}));
  CHECK_FALSE(has_memory_for([] { throw std::bad_alloc(); }));
}

}  // namespace vcs::base
