// SPDX-License-Identifier: Apache-2.0
// Threads that read while one writes; the thread sanitizer runs it too.
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "core/base/thread_pool.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/unit/core/store/store_fixture.hpp"

namespace vcs::store {
namespace {

TEST_CASE("object store: readers see whole objects while a writer appends and seals") {
  StoreBox box;
  StoreOptions options;
  options.seal_at = 8000;
  options.frame_cache_bytes = 20'000;
  // Most of the large objects are read while another thread writes them.
  const bool large = GENERATE(false, true);
  base::ThreadPool writers(1, "writer");
  if (large) options.writers = &writers, options.seal_at = 5'000'000;
  const int kTexts = large ? 40 : 400;
  const auto text_of = [&](int n) {
    return large ? noise(300'000, static_cast<std::uint64_t>(n))
                 : std::to_string(n) + std::string(400, 'a' + n % 26);
  };
  auto store = box.open(options);
  std::atomic<int> published{0}, wrong{0}, read{0};

  std::thread writer([&] {
    for (int n = 0; n < kTexts; ++n) {
      if (!store->append(frame_of({text_of(n), "side " + std::to_string(n)}))) ++wrong;
      if (n % 7 == 0 && !store->sync()) ++wrong;
      published = n + 1;
    }
  });
  std::vector<std::thread> readers;
  for (unsigned lane = 0; lane < 3; ++lane)
    readers.emplace_back([&, lane] {
      test::SeededRandom random(lane);
      while (published < kTexts || read < 500) {
        const int limit = published;
        if (limit == 0) continue;
        const int n = static_cast<int>(random.below(static_cast<std::uint64_t>(limit)));
        const auto bytes = store->get(id_of(text_of(n)));
        if (!bytes || base::as_text(*bytes) != text_of(n)) ++wrong;
        if (n % 50 == 0 && store->stats().objects == 0) ++wrong;
        ++read;
      }
    });
  writer.join();
  for (std::thread& reader : readers) reader.join();
  REQUIRE(wrong == 0);
  REQUIRE(store->stats().packs > 1);
}

TEST_CASE("object store: of many threads exactly one gets to make an object") {
  StoreBox box;
  auto store = box.open();
  constexpr int kIds = 500;
  std::vector<std::atomic<int>> makers(kIds);
  std::vector<std::thread> threads;
  for (int lane = 0; lane < 4; ++lane)
    threads.emplace_back([&] {
      for (int n = 0; n < kIds; ++n) {
        const std::string text = "object " + std::to_string(n);
        if (!store->claim(id_of(text))) continue;
        ++makers[static_cast<std::size_t>(n)];
        if (!store->append(frame_of({text}))) makers[static_cast<std::size_t>(n)] += 100;
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (const std::atomic<int>& count : makers) REQUIRE(count == 1);
}

}  // namespace
}  // namespace vcs::store
