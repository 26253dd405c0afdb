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

// Fails the next `failures` calls with `code`: instead of the call, or (`fails_after`) after it.
struct Troubled final : RemoteStore {
  std::unique_ptr<RemoteStore> inner = remote::drivers::make_memory_remote();
  int failures = 0;
  ErrorCode code = ErrorCode::unavailable;
  bool fails_after = false;
  std::atomic<int> calls{0};
  std::function<void()> on_call = [] {};

  template <typename Call>
  auto troubled(const Call& call) -> decltype(call()) {
    ++calls;
    on_call();
    if (failures == 0) return call();
    --failures;
    if (fails_after) (void)call();
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
  // Also breaks off after so many names, each time anew.
  Result<void> list(const std::string& prefix, const std::string& after,
                    const remote::ObjectVisitor& visitor) override {
    return troubled([&]() -> Result<void> {
      asked_after.push_back(after);
      std::size_t told = 0;
      bool broken = false;
      VCS_TRY(inner->list(prefix, after, [&](const ObjectInfo& info) {
        broken = told++ == breaks_after;
        return !broken && visitor(info);
      }));
      if (broken) return base::fail(ErrorCode::unavailable, "the listing broke off");
      return {};
    });
  }
  Result<void> remove(const std::string& name) override {
    return troubled([&] { return inner->remove(name); });
  }
  Result<void> replace_if(const std::string& name, const std::optional<Bytes>& expected,
                          base::ByteView bytes) override {
    return troubled([&] { return inner->replace_if(name, expected, bytes); });
  }
  void cancel() override { inner->cancel(); }
  remote::Properties properties() const override { return inner->properties(); }

  std::size_t breaks_after = SIZE_MAX;
  std::vector<std::string> asked_after;
};

struct RetryBench {
  Troubled* troubled = nullptr;
  SeededRandom random{1};
  std::vector<Nanos> pauses;  // one before each further attempt, however many naps it had
  bool sleeper_goes_on = true;
  std::function<void()> on_nap = [] {};
  std::unique_ptr<RemoteStore> store;

  explicit RetryBench(const remote::wrappers::RetryOptions& options = {}) {
    auto inner = std::make_unique<Troubled>();
    troubled = inner.get();
    store = remote::wrappers::make_retrying_remote(std::move(inner), options, random,
                                                   [this](Nanos nap) { return sleep(nap); });
  }

  bool sleep(Nanos nap) {
    pauses.resize(static_cast<std::size_t>(std::max(1, troubled->calls.load())), Nanos(0));
    pauses.back() += nap;
    on_nap();
    return sleeper_goes_on;
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
  bench.troubled->fails_after = true;
  bench.troubled->failures = 1;
  CHECK(bench.store->put("a", Bytes{1}, PutMode::if_absent).has_value());
  bench.troubled->failures = 1;
  CHECK(bench.store->replace_if("a", Bytes{1}, Bytes{2}).has_value());
  CHECK(bench.troubled->inner->get("a").value() == Bytes{2});

  bench.troubled->fails_after = false;
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
  bench.troubled->fails_after = true;
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

TEST_CASE("retrying remote: a listing that breaks anywhere asks only for what has not been told") {
  const std::vector<std::string> names = {"a", "b/1", "b/2", "b/3", "c", "d"};
  for (std::size_t n = 0; n <= names.size(); ++n) {
    INFO("breaks at name " << n);
    RetryBench bench({2, std::chrono::milliseconds(1), std::chrono::milliseconds(1)});
    for (const std::string& name : names)
      REQUIRE(bench.troubled->inner->put(name, {}, PutMode::overwrite).has_value());
    bench.troubled->breaks_after = n;
    std::vector<std::string> seen;
    const auto listed = bench.store->list("", [&](const ObjectInfo& info) {
      seen.push_back(info.name);
      return true;
    });
    // Without a single name there is no progress, and the attempts end.
    CHECK(listed.has_value() == (n > 0));
    CHECK(seen == (n > 0 ? names : std::vector<std::string>()));
    for (std::size_t i = 0; i < bench.troubled->asked_after.size(); ++i)
      CHECK(bench.troubled->asked_after[i] == (i * n == 0 ? "" : names.at(i * n - 1)));
  }
}

TEST_CASE("retrying remote: a visitor that stopped is not called again when the answer is lost") {
  RetryBench bench;
  for (const char* name : {"a", "b", "c"})
    REQUIRE(bench.troubled->inner->put(name, {}, PutMode::overwrite).has_value());
  bench.troubled->failures = 1;
  bench.troubled->fails_after = true;
  std::string seen;
  REQUIRE(bench.store
              ->list("",
                     [&](const ObjectInfo& info) {
                       seen += info.name;
                       return false;
                     })
              .has_value());
  CHECK(seen == "a");
}

TEST_CASE("retrying remote: cancel ends a pause at the next nap, and there is no way back") {
  RetryBench bench({6, std::chrono::hours(1), std::chrono::hours(1)});
  bench.troubled->failures = 100;
  int naps = 0;
  bench.on_nap = [&] {
    if (++naps == 3) bench.store->cancel();
  };
  CHECK(bench.store->stat("a").error().code == ErrorCode::cancelled);
  CHECK(naps == 3);
  CHECK(bench.troubled->calls == 1);
  bench.troubled->failures = 0;
  CHECK(bench.store->stat("a").error().code == ErrorCode::cancelled);
  CHECK(bench.troubled->inner->stat("a").error().code == ErrorCode::cancelled);
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

TEST_CASE("limited remote: cancel ends the wait for bandwidth and the wait for a turn") {
  ManualClock clock;
  std::unique_ptr<RemoteStore> store;
  int naps = 0;
  store = remote::wrappers::make_limited_remote(remote::drivers::make_memory_remote(), {1, 1, 1},
                                                clock, [&](Nanos) {
                                                  if (++naps == 2) store->cancel();
                                                  return true;
                                                });
  REQUIRE(store->put("a", Bytes(1000), PutMode::overwrite).has_value());
  CHECK(store->put("b", Bytes(1), PutMode::overwrite).error().code == ErrorCode::cancelled);
  CHECK(naps == 2);

  auto inner = std::make_unique<Troubled>();
  std::mutex mutex;
  std::condition_variable wake;
  bool inside = false, may_end = false;
  inner->on_call = [&] {
    std::unique_lock lock(mutex);
    inside = true;
    wake.notify_all();
    wake.wait(lock, [&] { return may_end; });
  };
  store = remote::wrappers::make_limited_remote(std::move(inner), {1, 0, 0}, clock,
                                                [](Nanos) { return true; });
  std::thread first([&] { (void)store->stat("a"); });
  {
    std::unique_lock lock(mutex);
    wake.wait(lock, [&] { return inside; });
  }
  ErrorCode second_code{};
  std::thread second([&] { second_code = store->stat("b").error().code; });
  store->cancel();
  second.join();
  CHECK(second_code == ErrorCode::cancelled);
  {
    const std::lock_guard lock(mutex);
    may_end = true;
    wake.notify_all();
  }
  first.join();
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
