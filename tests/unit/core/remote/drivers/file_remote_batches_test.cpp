// SPDX-License-Identifier: Apache-2.0
// Tests of the file driver: batches, what is durable after them, and calls that are cancelled.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "core/base/special_calls.hpp"
#include "core/remote/drivers/file/file_remote.hpp"
#include "tests/support/fault_filesystem.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/must.hpp"
#include "tests/support/quick_folder.hpp"
#include "tests/support/recording_filesystem.hpp"
#include "tests/support/refused_calls.hpp"
#include "tests/support/temporary_folder.hpp"

namespace vcs::test {

namespace {

namespace fs = std::filesystem;
using base::Bytes;
using base::ErrorCode;
using remote::NamedBytes;
using remote::ObjectInfo;
using remote::PutMode;
using remote::RemoteStore;

// Calls a function before each call of the filesystem.
class HookedFileSystem final : public InterceptedFileSystem, private Interceptor {
 public:
  explicit HookedFileSystem(base::FileSystem& inner) : InterceptedFileSystem(inner, *this) {}
  std::function<void(const Call&)> hook = [](const Call&) {};

 private:
  base::Result<void> before(Call& call) override {
    hook(call);
    return {};
  }
  void after(Call&, bool) override {}
};

std::unique_ptr<RemoteStore> open_on(base::FileSystem& files, const std::string& root,
                                     const base::Clock& clock) {
  static base::SystemRandom random;
  return must(remote::drivers::open_file_remote(
      root, true, {files, clock, random, [](base::Nanos) { return true; }, {}}));
}

struct Bench {
  QuickFolder folder;
  std::unique_ptr<base::FileSystem> system = base::make_posix_filesystem();
  FaultFileSystem filesystem{*system};
  base::SystemClock clock;
  std::string root() const { return folder / "store"; }
  std::unique_ptr<RemoteStore> open() { return open_on(filesystem, root(), clock); }
  bool syncs_as_one() {
    return base::sync_filesystem(*must(system->open_directory(folder.path()))).has_value();
  }
};

constexpr std::size_t kFolders = 5;

std::vector<NamedBytes> batch(std::size_t count) {
  std::vector<NamedBytes> objects;
  for (std::size_t i = 0; i < count; ++i)
    objects.push_back({fmt::format("packs/{}/{:03}", i % kFolders, i),
                       Bytes(300 + i, static_cast<std::uint8_t>(i))});
  return objects;
}

std::vector<std::string> names(RemoteStore& store, const std::string& after = "") {
  std::vector<std::string> result;
  must(store.list("", after, [&](const ObjectInfo& info) {
    result.push_back(info.name);
    return true;
  }));
  return result;
}

// Requires that each object is as it was put, or absent; gives how many are there.
std::size_t count_whole(RemoteStore& store, const std::vector<NamedBytes>& objects) {
  std::size_t there = 0;
  for (const NamedBytes& object : objects) {
    const auto bytes = store.get(object.name);
    if (!bytes) {
      REQUIRE(bytes.error().code == ErrorCode::not_found);
      continue;
    }
    REQUIRE((*bytes == object.bytes));
    ++there;
  }
  return there;
}

}  // namespace

TEST_CASE("file remote: many objects cost one sync of the filesystem and one of each folder") {
  Bench bench;
  const auto store = bench.open();
  must(store->put_many(batch(kFolders), PutMode::if_absent));
  bench.filesystem.reset_counts();
  auto objects = batch(15 + kFolders);
  objects.erase(objects.begin(), objects.begin() + kFolders);
  must(store->put_many(objects, PutMode::if_absent));
  CHECK(bench.filesystem.calls(CallKind::sync_filesystem) == 0);
  CHECK(bench.filesystem.calls(CallKind::sync_file) == 15);

  bench.filesystem.reset_counts();
  must(store->put_many(batch(40), PutMode::overwrite));
  CHECK(bench.filesystem.calls(CallKind::sync_filesystem) == 1);
  CHECK(bench.filesystem.calls(CallKind::sync_file) == (bench.syncs_as_one() ? 0 : 40));
  CHECK(bench.filesystem.calls(CallKind::sync_directory) == kFolders);
  CHECK(count_whole(*store, batch(40)) == 40);
}

TEST_CASE("file remote: without syncs of the filesystem, each file of a batch is synced") {
  Bench bench;
  const auto store = bench.open();
  Fault fault;
  fault.os_error = ENOTSUP;
  fault.only = CallKind::sync_filesystem;
  bench.filesystem.set_fault(fault);
  bench.filesystem.reset_counts();
  must(store->put_many(batch(40), PutMode::if_absent));
  CHECK(bench.filesystem.failures() == 1);
  CHECK(bench.filesystem.calls(CallKind::sync_file) == 40);
  CHECK(count_whole(*store, batch(40)) == 40);
}

TEST_CASE("file remote: after a slow sync of the filesystem, each file of a batch is synced") {
  const QuickFolder folder;
  const auto system = base::make_posix_filesystem();
  HookedFileSystem hooked(*system);
  ManualClock clock;
  std::size_t as_one = 0, files = 0;
  hooked.hook = [&](const Call& call) {
    files += call.kind == CallKind::sync_file;
    if (call.kind != CallKind::sync_filesystem) return;
    clock.advance(++as_one == 1 ? std::chrono::seconds(1) : std::chrono::seconds(3));
  };
  const auto store = open_on(hooked, folder / "store", clock);
  for (int i = 0; i < 2; ++i) must(store->put_many(batch(20), PutMode::overwrite));
  CHECK(as_one == 2);
  files = 0;
  must(store->put_many(batch(20), PutMode::overwrite));
  CHECK(as_one == 2);
  CHECK(files == 20);
}

TEST_CASE("file remote: when the n-th call of a batch fails, its objects are whole or absent") {
  const PutMode mode = GENERATE(PutMode::if_absent, PutMode::overwrite);
  const int os_error = GENERATE(EIO, ENOSPC);
  const auto objects = batch(16);
  for (std::uint64_t n = 1;; n += n < 30 ? 1 : 5) {
    INFO("call " << n);
    Bench bench;
    const auto store = bench.open();
    Fault fault;
    fault.nth = n;
    fault.os_error = os_error;
    fault.half_write = true;
    bench.filesystem.set_fault(fault);
    const auto put = store->put_many(objects, mode);
    const bool struck = bench.filesystem.failures() > 0;
    bench.filesystem.clear_fault();
    const std::size_t there = count_whole(*store, objects);
    if (put) CHECK(there == objects.size());
    CHECK(names(*store).size() == there);
    CHECK(bench.filesystem.syncs_after_failure() == 0);
    must(store->put_many(objects, PutMode::overwrite));
    CHECK(count_whole(*store, objects) == objects.size());
    if (!struck) {
      CHECK(n > 20);
      break;
    }
  }
}

TEST_CASE("file remote: after a power cut a batch is there whole, or its objects whole or absent") {
  const auto real = base::make_posix_filesystem();
  const QuickFolder disk;
  RecordingFileSystem recording(*real, disk.path());
  const base::SystemClock clock;
  const auto store = open_on(recording, disk / "store", clock);
  const auto objects = batch(16);
  const std::size_t begun_at = recording.size();
  must(store->put_many(objects, PutMode::if_absent));
  const std::size_t put_at = recording.size();
  must(store->remove_many({objects[0].name, objects[1].name}));
  const std::size_t removed_at = recording.size();
  const auto operations = recording.operations();
  std::size_t states = 0, number = 0;
  for (std::size_t prefix = begun_at; prefix <= removed_at; ++prefix) {
    for_each_crash(operations, prefix, [&](const std::vector<Operation>& survivors) {
      const bool ends = prefix == put_at || prefix == removed_at;
      if (++number % 7 != 0 && !ends) return;
      ++states;
      const QuickFolder crashed;
      replay(survivors, crashed.path());
      CAPTURE(prefix);
      const auto after = open_on(*real, crashed / "store", clock);
      const std::size_t there = count_whole(*after, objects);
      if (prefix == put_at) CHECK(there == 16);
      if (prefix == removed_at) CHECK(there == 14);
      CHECK(there >= (prefix < put_at ? 0 : 14));
    });
  }
  CHECK(states > 50);
}

TEST_CASE("file remote: many objects are removed with one sync of each folder") {
  Bench bench;
  const auto store = bench.open();
  const auto objects = batch(250);
  must(store->put_many(objects, PutMode::if_absent));
  std::vector<std::string> all;
  for (const NamedBytes& object : objects) all.push_back(object.name);
  bench.filesystem.reset_counts();
  must(store->remove_many(all));
  CHECK(bench.filesystem.calls(CallKind::remove_file) == all.size());
  CHECK(bench.filesystem.calls(CallKind::sync_directory) == kFolders);
  CHECK(names(*store).empty());
}

TEST_CASE("file remote: a call that is cancelled at any moment leaves all or nothing") {
  const auto objects = batch(20);
  const Bytes large(9u << 20, 7);
  const std::vector<std::function<base::Result<void>(RemoteStore&)>> calls = {
      [&](RemoteStore& store) { return store.put("large", large, PutMode::if_absent); },
      [&](RemoteStore& store) { return store.put_many(objects, PutMode::overwrite); },
      [&](RemoteStore& store) { return store.replace_if("large", {}, large); },
      [&](RemoteStore& store) {
        return store.remove_many({"old/1", "old/2"});
      },
      [](RemoteStore& store) -> base::Result<void> {
        VCS_TRY(store.get("old/large"));
        return {};
      },
      [](RemoteStore& store) { return store.list("", [](const ObjectInfo&) { return true; }); }};
  const auto system = base::make_posix_filesystem();
  const base::SystemClock clock;
  for (std::size_t which = 0; which < calls.size(); ++which) {
    std::size_t cancelled = 0;
    for (std::size_t n = 1; n < 400; n += n < 12 ? 1 : 9) {
      CAPTURE(which, n);
      const QuickFolder folder;
      HookedFileSystem hooked(*system);
      const auto store = open_on(hooked, folder / "store", clock);
      must(store->put("old/1", Bytes{1}, PutMode::if_absent));
      must(store->put("old/2", Bytes{2}, PutMode::if_absent));
      must(store->put("old/large", large, PutMode::if_absent));
      std::size_t seen = 0;
      hooked.hook = [&](const Call&) {
        if (++seen == n) store->cancel();
      };
      const auto result = calls[which](*store);
      if (!result) REQUIRE(result.error().code == ErrorCode::cancelled);
      cancelled += !result;
      hooked.hook = [](const Call&) {};
      CHECK(fs::is_empty(folder / "store/+tmp"));
      const auto reader = open_on(hooked, folder / "store", clock);
      (void)count_whole(*reader, objects);
      const auto there = reader->get("large");
      if (there) CHECK((*there == large));
      if (seen < n) break;
    }
    CHECK(cancelled > 0);
  }
}

TEST_CASE("file remote: a listing opens no folder whose names it does not want") {
  Bench bench;
  const auto store = bench.open();
  const auto objects = batch(40);
  must(store->put_many(objects, PutMode::if_absent));
  bench.filesystem.reset_counts();
  CHECK(names(*store).size() == 40);
  const std::uint64_t all = bench.filesystem.calls(CallKind::list);
  bench.filesystem.reset_counts();
  CHECK(names(*store, "packs/4/034") == std::vector<std::string>{"packs/4/039"});
  CHECK(all - bench.filesystem.calls(CallKind::list) == kFolders - 1);
}

TEST_CASE("file remote: an object's time does not go back with the clock") {
  Bench bench;
  const auto store = bench.open();
  must(store->put("a", Bytes{1}, PutMode::if_absent));
  const auto later = fs::file_time_type::clock::now() + std::chrono::hours(5);
  fs::last_write_time(bench.root() + "/a", later);
  const auto last = must(store->stat("a")).value().modified;
  must(store->put("a", Bytes{2}, PutMode::overwrite));
  CHECK(must(store->stat("a")).value().modified >= last);
  must(store->replace_if("a", Bytes{2}, Bytes{3}));
  CHECK(must(store->stat("a")).value().modified >= last);
  must(store->put_many(std::vector<NamedBytes>(20, {"a", Bytes{4}}), PutMode::overwrite));
  CHECK(must(store->stat("a")).value().modified >= last);
  CHECK(must(store->get("a", {})) == Bytes{4});
}

TEST_CASE("file remote: another folder in the place has another incarnation") {
  Bench bench;
  std::string first;
  {
    const auto store = bench.open();
    first = must(store->incarnation());
    CHECK_FALSE(first.empty());
    must(store->put("packs/a", Bytes{1}, PutMode::if_absent));
    CHECK(must(store->incarnation()) == first);
  }
  const auto store = bench.open();
  CHECK(must(store->incarnation()) == first);
  fs::rename(bench.root(), bench.folder / "aside");
  CHECK(store->incarnation().error().code == ErrorCode::unavailable);
  const auto root = must(bench.system->open_directory(bench.folder / "aside"));
  if (base::born(*root) != base::UnixNanos{}) {
    fs::copy(bench.folder / "aside", bench.root(), fs::copy_options::recursive);
    CHECK(must(store->incarnation()) != first);
    fs::remove_all(bench.root());
  }
  CHECK(must(bench.open()->incarnation()) != first);
  fs::remove_all(bench.root());
  fs::rename(bench.folder / "aside", bench.root());
  CHECK(must(store->incarnation()) == first);
}

TEST_CASE("file remote: an examination tries what the filesystem can do and leaves nothing") {
  Bench bench;
  const auto works = [](const remote::Examination& examined, std::string_view what) {
    const auto found = std::ranges::find(examined.capabilities, what, &remote::Capability::what);
    REQUIRE(found != examined.capabilities.end());
    return found->works;
  };
  const auto store = bench.open();
  const auto examined = must(store->examine());
  CHECK(examined.engine.starts_with("a folder"));
  CHECK(examined.free_bytes.value_or(0) > 0);
  for (const remote::Capability& capability : examined.capabilities) CHECK(capability.works);
  CHECK(examined.warnings.empty());
  CHECK(fs::is_empty(bench.root() + "/+tmp"));

  auto calls = calls_of_a_poor_filesystem();
  with_refused(calls, [&] {
    const auto poor = open_on(*bench.system, bench.root(), bench.clock);
    const auto seen = must(poor->examine());
    CHECK_FALSE(works(seen, "renames that never replace"));
    CHECK_FALSE(works(seen, "syncs of folders"));
    CHECK(works(seen, "locks"));
    CHECK(seen.warnings.size() == 1);
    CHECK(poor->properties().durable == remote::Durability::process);
  });
  CHECK(fs::is_empty(bench.root() + "/+tmp"));

  Fault fault;
  fault.os_error = EROFS;
  fault.all_after = true;
  bench.filesystem.set_fault(fault);
  const auto read_only = must(store->examine());
  REQUIRE(read_only.warnings.size() == 1);
  CHECK(read_only.capabilities.empty());
}

TEST_CASE("file remote: what other programs put in an object's place is left alone") {
  Bench bench;
  const auto store = bench.open();
  must(store->put("x/y", Bytes{1}, PutMode::if_absent));
  fs::create_symlink("y", bench.root() + "/x/link");
  write_file(bench.root() + "/x/file", "foreign");
  std::vector<NamedBytes> objects(20, {"x/link", Bytes{2}});
  for (const PutMode mode : {PutMode::if_absent, PutMode::overwrite}) {
    CHECK(store->put("x/link", Bytes{2}, mode).error().code == ErrorCode::invalid);
    CHECK(store->put_many(objects, mode).error().code == ErrorCode::invalid);
  }
  CHECK(store->replace_if("x/link", {}, Bytes{2}).error().code == ErrorCode::invalid);
  CHECK(store->remove("x/link").has_value());
  CHECK(fs::is_symlink(bench.root() + "/x/link"));
  CHECK(must(store->get("x/y", {})) == Bytes{1});
  // A file with an object's name is an object.
  CHECK(store->put("x/file", Bytes{2}, PutMode::if_absent).error().code ==
        ErrorCode::already_exists);
  CHECK(store->replace_if("x/file", Bytes{2}, Bytes{3}).error().code ==
        ErrorCode::precondition_failed);
  CHECK(read_file(bench.root() + "/x/file") == "foreign");
}

}  // namespace vcs::test
