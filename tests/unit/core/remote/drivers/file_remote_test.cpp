// SPDX-License-Identifier: Apache-2.0
// Tests of core/remote/file_remote.
#include "core/remote/drivers/file/file_remote.hpp"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <thread>

#include "core/base/filesystem.hpp"
#include "tests/support/fault_filesystem.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/must.hpp"
#include "tests/support/refused_calls.hpp"
#include "tests/support/temporary_folder.hpp"

namespace vcs::test {

namespace {

namespace fs = std::filesystem;
using base::Bytes;
using base::ErrorCode;
using base::Result;
using remote::ObjectInfo;
using remote::PutMode;
using remote::RemoteStore;

struct Bench {
  TemporaryFolder folder;
  std::unique_ptr<base::FileSystem> system = base::make_posix_filesystem();
  FaultFileSystem filesystem{*system};
  base::SystemClock clock;
  base::SystemRandom random;

  Result<std::unique_ptr<RemoteStore>> open(const std::string& path, bool create) {
    return remote::drivers::open_file_remote(
        path, create, {filesystem, clock, random, [](base::Nanos) { return true; }, {}});
  }
  std::string root() const { return folder / "store"; }
};

std::vector<std::string> names(RemoteStore& store) {
  std::vector<std::string> result;
  REQUIRE(store
              .list("",
                    [&](const ObjectInfo& info) {
                      result.push_back(info.name);
                      return true;
                    })
              .has_value());
  return result;
}

}  // namespace

TEST_CASE("file remote: a root that is gone is unavailable and never made anew") {
  Bench bench;
  CHECK(bench.open(bench.root(), false).error().code == ErrorCode::unavailable);
  CHECK_FALSE(fs::exists(bench.root()));
  const auto store = bench.open(bench.root(), true).value();
  REQUIRE(store->put("a/b", Bytes{1}, PutMode::if_absent).has_value());

  const bool mount_point_stays = GENERATE(false, true);
  fs::rename(bench.root(), bench.folder / "elsewhere");
  if (mount_point_stays) fs::create_directory(bench.root());
  CHECK(store->get("a/b").error().code == ErrorCode::unavailable);
  CHECK(store->stat("a/b").error().code == ErrorCode::unavailable);
  CHECK(store->put("a/c", Bytes{2}, PutMode::if_absent).error().code == ErrorCode::unavailable);
  CHECK(store->put("a/c", Bytes{2}, PutMode::overwrite).error().code == ErrorCode::unavailable);
  CHECK(store->replace_if("r", {}, Bytes{2}).error().code == ErrorCode::unavailable);
  CHECK(store->remove("a/b").error().code == ErrorCode::unavailable);
  CHECK(store->list("", [](const ObjectInfo&) { return true; }).error().code ==
        ErrorCode::unavailable);
  CHECK(bench.open(bench.root(), false).error().code == ErrorCode::unavailable);
  CHECK(fs::exists(bench.root()) == mount_point_stays);
  if (mount_point_stays) CHECK(fs::is_empty(bench.root()));

  fs::remove(bench.root());
  fs::rename(bench.folder / "elsewhere", bench.root());
  CHECK(store->get("a/b").value() == Bytes{1});
}

TEST_CASE("file remote: a folder with other files is not taken over") {
  Bench bench;
  fs::create_directory(bench.root());
  write_file(bench.root() + "/letter.txt", "dear");
  CHECK(bench.open(bench.root(), true).error().code == ErrorCode::invalid);
  CHECK(bench.open("relative/path", true).error().code == ErrorCode::invalid);
  CHECK(read_file(bench.root() + "/letter.txt") == "dear");
}

TEST_CASE("file remote: foreign files in the store are not objects") {
  Bench bench;
  const auto store = bench.open(bench.root(), true).value();
  REQUIRE(store->put("x/y", Bytes{1}, PutMode::if_absent).has_value());
  write_file(bench.root() + "/x/.DS_Store", "foreign");
  write_file(bench.root() + "/x/+note", "foreign");
  fs::create_symlink("y", bench.root() + "/x/link");
  CHECK(names(*store) == std::vector<std::string>{"x/y"});
  CHECK_FALSE(store->stat("x/link").value().has_value());
}

TEST_CASE("file remote: 3,000 files are listed in byte order") {
  Bench bench;
  const auto store = bench.open(bench.root(), true).value();
  std::vector<std::string> expected;
  for (int i = 0; i < 3000; ++i) {
    const std::string folder = fmt::format("d{}{}", i % 13,
                                           i % 3 == 0   ? "-x"
                                           : i % 3 == 1 ? ""
                                                        : ".y");
    fs::create_directories(bench.root() + "/" + folder);
    expected.push_back(fmt::format("{}/{}", folder, i));
    write_file(bench.root() + "/" + expected.back(), "x");
  }
  std::sort(expected.begin(), expected.end());
  CHECK(names(*store) == expected);
}

TEST_CASE("file remote: what a killed writer left is ignored, and swept when it is a day old") {
  Bench bench;
  {
    const auto store = bench.open(bench.root(), true).value();
    REQUIRE(store->put("a", Bytes{1}, PutMode::if_absent).has_value());
  }
  const std::string old_file = bench.root() + "/+tmp/put-old",
                    new_file = bench.root() + "/+tmp/put-new";
  write_file(old_file, "half");
  write_file(new_file, "half");
  fs::last_write_time(old_file, fs::file_time_type::clock::now() - std::chrono::hours(25));
  const auto store = bench.open(bench.root(), false).value();
  CHECK_FALSE(fs::exists(old_file));
  CHECK(fs::exists(new_file));
  CHECK(names(*store) == std::vector<std::string>{"a"});
}

TEST_CASE("file remote: an object and a folder of one name are refused") {
  Bench bench;
  const auto store = bench.open(bench.root(), true).value();
  REQUIRE(store->put("a/b", Bytes{1}, PutMode::if_absent).has_value());
  CHECK(store->put("a", Bytes{2}, PutMode::if_absent).error().code == ErrorCode::invalid);
  CHECK(store->put("a", Bytes{2}, PutMode::overwrite).error().code == ErrorCode::invalid);
  CHECK(store->put("a/b/c", Bytes{2}, PutMode::if_absent).error().code == ErrorCode::invalid);
  CHECK(store->get("a/b").value() == Bytes{1});
}

TEST_CASE(
    "file remote: when the n-th system call of a put fails, the object is whole or untouched") {
  const Bytes old_bytes(5000, 1), new_bytes(9000, 2);
  const PutMode mode = GENERATE(PutMode::if_absent, PutMode::overwrite);
  const int os_error = GENERATE(EIO, ENOSPC);
  for (std::uint64_t n = 1;; ++n) {
    INFO("call " << n);
    Bench bench;
    const auto store = bench.open(bench.root(), true).value();
    if (mode == PutMode::overwrite)
      REQUIRE(store->put("p/q", old_bytes, PutMode::if_absent).has_value());
    Fault fault;
    fault.nth = n;
    fault.os_error = os_error;
    fault.half_write = true;
    bench.filesystem.set_fault(fault);
    const auto put = store->put("p/q", new_bytes, mode);
    const bool struck = bench.filesystem.failures() > 0;
    bench.filesystem.clear_fault();
    const auto there = store->get("p/q");
    if (put) {
      CHECK(there.value() == new_bytes);
    } else {
      CHECK(put.error().code == (os_error == EIO ? ErrorCode::unavailable : ErrorCode::no_space));
      if (there)
        CHECK((*there == new_bytes || (mode == PutMode::overwrite && *there == old_bytes)));
      else
        CHECK(mode == PutMode::if_absent);
    }
    REQUIRE(store->put("p/q", new_bytes, PutMode::overwrite).has_value());
    CHECK(names(*store) == std::vector<std::string>{"p/q"});
    if (!struck) {
      CHECK(n > 3);
      break;
    }
  }
}

TEST_CASE("file remote: a writer killed at any moment leaves objects whole or absent") {
  Bench bench;
  REQUIRE(bench.open(bench.root(), true).has_value());
  const Bytes large(3u << 20, 7);
  for (int round = 0; round < 8; ++round) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      const auto store = bench.open(bench.root(), false).value();
      for (int i = 0; i < 1000; ++i)
        if (!store->put(fmt::format("r{}/{}", round, i), large, PutMode::if_absent)) _exit(1);
      _exit(0);
    }
    // The child is killed when it has finished `round` objects, in the middle of the next.
    const auto store = bench.open(bench.root(), false).value();
    while (!store->stat(fmt::format("r{}/{}", round, round % 3)).value()) std::this_thread::yield();
    kill(child, SIGKILL);
    REQUIRE(waitpid(child, nullptr, 0) == child);
    for (const std::string& name : names(*store)) CHECK(store->get(name).value() == large);
    REQUIRE(store->put(fmt::format("r{}/after", round), large, PutMode::if_absent).has_value());
  }
}

TEST_CASE("file remote: what its filesystem lacks is told once, and everything works") {
  Bench bench;
  std::vector<std::string> told;
  const base::Log log([&](base::LogLevel, const std::string& line) { told.push_back(line); });
  auto calls = calls_of_a_poor_filesystem();
  calls.push_back({SYS_flock, GENERATE(ENOLCK, ENOSYS, EOPNOTSUPP, EINVAL)});
  const base::Bytes first = {1, 2, 3}, second = {4};
  with_refused(calls, [&] {
    const auto store = must(remote::drivers::open_file_remote(
        bench.root(), true,
        {*bench.system, bench.clock, bench.random, [](base::Nanos) { return true; }, log}));
    for (const char* name : {"packs/aa/one", "packs/bb/two"}) {
      must(store->put(name, first, PutMode::if_absent));
      must(store->replace_if(name, first, second));
      CHECK(must(store->get(name, {})) == second);
    }
    must(store->remove("packs/aa/one"));
    CHECK(names(*store) == std::vector<std::string>{"packs/bb/two"});
    CHECK(store->properties().weaknesses.size() == 2);
    CHECK_FALSE(store->properties().atomic_replace);
    CHECK(told.size() == 2);
  });
  const auto store = must(bench.open(bench.root(), false));
  must(store->put("packs/cc/three", first, PutMode::if_absent));
  CHECK(store->properties().weaknesses.empty());
  CHECK(store->properties().atomic_replace);
}

}  // namespace vcs::test
