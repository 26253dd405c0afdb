// SPDX-License-Identifier: Apache-2.0
// Tests what each wrapper adds. Tests in tests/contract check that wrappers keep the contract.
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "core/remote/drivers/memory/memory_remote.hpp"
#include "core/remote/wrappers/limited_remote.hpp"
#include "core/remote/wrappers/logged_remote.hpp"
#include "core/remote/wrappers/retrying_remote.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/seeded_random.hpp"

namespace vcs::test {

namespace {

using base::Bytes;
using base::ErrorCode;
using base::Nanos;
using base::Result;
using remote::ObjectInfo;
using remote::PutMode;
using remote::RemoteStore;

// Fails the next `failures` calls with `code`: instead of the call, or (`after`) after it.
struct Troubled final : RemoteStore {
  std::unique_ptr<RemoteStore> inner = remote::drivers::make_memory_remote();
  int failures = 0;
  ErrorCode code = ErrorCode::unavailable;
  bool after = false;
  std::atomic<int> calls{0};
  std::function<void()> on_call = [] {};

  template <typename Call>
  auto troubled(const Call& call) -> decltype(call()) {
    ++calls;
    on_call();
    if (failures == 0) return call();
    --failures;
    if (after) (void)call();
    return base::fail(code, "trouble");
  }
  Result<Bytes> get(const std::string& name, remote::ByteRange range) override {
    return troubled([&] { return inner->get(name, range); });
  }
  Result<void> put(const std::string& name, base::ByteView bytes, PutMode mode) override {
    return troubled([&] { return inner->put(name, bytes, mode); });
  }
  Result<std::optional<ObjectInfo>> stat(const std::string& name) override {
    return troubled([&] { return inner->stat(name); });
  }
  Result<void> list(const std::string& prefix,
                    const std::function<bool(const ObjectInfo&)>& visitor) override {
    return troubled([&] { return inner->list(prefix, visitor); });
  }
  Result<void> remove(const std::string& name) override {
    return troubled([&] { return inner->remove(name); });
  }
  Result<void> replace_if(const std::string& name, const std::optional<Bytes>& expected,
                          base::ByteView bytes) override {
    return troubled([&] { return inner->replace_if(name, expected, bytes); });
  }
  remote::Properties properties() const override { return inner->properties(); }
};

struct RetryBench {
  Troubled* troubled = nullptr;
  SeededRandom random{1};
  std::vector<Nanos> pauses;
  bool sleeper_goes_on = true;
  std::unique_ptr<RemoteStore> store;

  explicit RetryBench(const remote::wrappers::RetryOptions& options = {}) {
    auto inner = std::make_unique<Troubled>();
    troubled = inner.get();
    store = remote::wrappers::make_retrying_remote(std::move(inner), options, random,
                                                   [this](Nanos pause) {
                                                     pauses.push_back(pause);
                                                     return sleeper_goes_on;
                                                   });
  }
};

}  // namespace

TEST_CASE("retrying remote: tries again what was unavailable, with growing pauses up to a bound") {
  RetryBench bench({8, std::chrono::milliseconds(100), std::chrono::milliseconds(1000)});
  bench.troubled->failures = 7;
  REQUIRE(bench.store->put("a", Bytes{1}, PutMode::overwrite).has_value());
  REQUIRE(bench.pauses.size() == 7);
  std::int64_t longest = 100'000'000;
  for (const Nanos pause : bench.pauses) {
    CHECK(pause.count() >= longest / 2);
    CHECK(pause.count() <= longest);
    longest = std::min<std::int64_t>(longest * 2, 1'000'000'000);
  }
  bench.troubled->failures = 8;
  bench.troubled->calls = 0;
  CHECK(bench.store->get("a").error().code == ErrorCode::unavailable);
  CHECK(bench.troubled->calls == 8);
}

TEST_CASE("retrying remote: other errors are final") {
  RetryBench bench;
  for (const ErrorCode code : {ErrorCode::not_found, ErrorCode::denied, ErrorCode::corrupt,
                               ErrorCode::invalid, ErrorCode::no_space}) {
    bench.troubled->failures = 1;
    bench.troubled->code = code;
    CHECK(bench.store->stat("a").error().code == code);
  }
  CHECK(bench.pauses.empty());
}

TEST_CASE("retrying remote: a lost answer of a finished write is a success, a taken name is not") {
  RetryBench bench;
  bench.troubled->after = true;
  bench.troubled->failures = 1;
  CHECK(bench.store->put("a", Bytes{1}, PutMode::if_absent).has_value());
  bench.troubled->failures = 1;
  CHECK(bench.store->replace_if("a", Bytes{1}, Bytes{2}).has_value());
  CHECK(bench.troubled->inner->get("a").value() == Bytes{2});

  bench.troubled->after = false;
  bench.troubled->failures = 1;
  CHECK(bench.store->put("a", Bytes{3}, PutMode::if_absent).error().code ==
        ErrorCode::already_exists);
  bench.troubled->failures = 1;
  CHECK(bench.store->replace_if("a", Bytes{1}, Bytes{3}).error().code ==
        ErrorCode::precondition_failed);
  // At the first attempt the same bytes come from somebody else.
  CHECK(bench.store->put("a", Bytes{2}, PutMode::if_absent).error().code ==
        ErrorCode::already_exists);
}

TEST_CASE("retrying remote: a listing that broke off goes on without telling a name twice") {
  RetryBench bench;
  for (const char* name : {"a", "b", "c"})
    REQUIRE(bench.troubled->inner->put(name, {}, PutMode::overwrite).has_value());
  bench.troubled->failures = 1;
  bench.troubled->after = true;
  std::string seen;
  REQUIRE(bench.store
              ->list("",
                     [&](const ObjectInfo& info) {
                       seen += info.name;
                       return true;
                     })
              .has_value());
  CHECK(seen == "abc");
}

TEST_CASE("retrying remote: stops when asked to, before a call and during a pause") {
  std::atomic<bool> cancel{true};
  remote::wrappers::RetryOptions options;
  options.cancel = &cancel;
  RetryBench bench(options);
  CHECK(bench.store->get("a").error().code == ErrorCode::cancelled);
  CHECK(bench.troubled->calls == 0);
  cancel = false;
  bench.sleeper_goes_on = false;
  bench.troubled->failures = 5;
  CHECK(bench.store->get("a").error().code == ErrorCode::cancelled);
  CHECK(bench.troubled->calls == 1);
}

TEST_CASE("limited remote: never more calls at once than allowed") {
  auto inner = std::make_unique<Troubled>();
  std::mutex mutex;
  std::condition_variable wake;
  int running = 0, most = 0, arrived = 0;
  inner->on_call = [&] {
    std::unique_lock lock(mutex);
    most = std::max(most, ++running);
    ++arrived;
    wake.notify_all();
    // The first two wait for each other, so that two do run at once.
    wake.wait(lock, [&] { return arrived >= 2; });
    --running;
  };
  ManualClock clock;
  const auto store = remote::wrappers::make_limited_remote(std::move(inner), {2, 0, 0}, clock,
                                                           [](Nanos) { return true; });
  CHECK(store->properties().concurrency == 2);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([&] { (void)store->stat("a"); });
  for (auto& thread : threads) thread.join();
  CHECK(arrived == 8);
  CHECK(most == 2);
}

TEST_CASE("limited remote: bytes are paid for at the given rate") {
  ManualClock clock;
  Nanos waited{0};
  const auto store = remote::wrappers::make_limited_remote(remote::drivers::make_memory_remote(),
                                                           {0, 1000, 500}, clock, [&](Nanos pause) {
                                                             waited += pause;
                                                             clock.advance(pause);
                                                             return true;
                                                           });
  for (int i = 0; i < 5; ++i) REQUIRE(store->put("a", Bytes(1000), PutMode::overwrite).has_value());
  CHECK(waited == std::chrono::seconds(4));
  waited = Nanos(0);
  REQUIRE(store->get("a").has_value());
  REQUIRE(store->get("a").has_value());
  CHECK(waited == std::chrono::seconds(2));
  clock.advance(std::chrono::hours(1));
  waited = Nanos(0);
  REQUIRE(store->get("a").has_value());
  CHECK(waited == Nanos(0));
}

TEST_CASE("limited remote: a stop while waiting for bandwidth is cancelled") {
  ManualClock clock;
  const auto store = remote::wrappers::make_limited_remote(
      remote::drivers::make_memory_remote(), {1, 10, 10}, clock, [](Nanos) { return false; });
  REQUIRE(store->put("a", Bytes(100), PutMode::overwrite).has_value());
  CHECK(store->put("b", Bytes(1), PutMode::overwrite).error().code == ErrorCode::cancelled);
  CHECK_FALSE(store->stat("b").value().has_value());
}

TEST_CASE("logged remote: each call is one debug line with its outcome") {
  ManualClock clock;
  std::vector<std::string> lines;
  const auto store = remote::wrappers::make_logged_remote(
      remote::drivers::make_memory_remote(), "backup", clock,
      base::Log([&](base::LogLevel level, const std::string& line) {
        CHECK(level == base::LogLevel::debug);
        lines.push_back(line);
      }));
  (void)store->put("packs/a", Bytes(3), PutMode::if_absent);
  (void)store->get("none");
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] == "backup: put packs/a (3 bytes): done in 0.0 ms");
  CHECK(lines[1] == "backup: get none: not_found after 0.0 ms: there is no none");
}

}  // namespace vcs::test
