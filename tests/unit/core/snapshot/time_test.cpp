// SPDX-License-Identifier: Apache-2.0
// No change is missed, whatever the times of files and the clock are.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <map>

#include "core/history/repository.hpp"
#include "core/tree/tree.hpp"
#include "tests/support/intercepted_filesystem.hpp"
#include "tests/support/must.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/test_rounds.hpp"
#include "tests/support/workshop.hpp"

using namespace vcs;
using test::must;
using worktree::Mark;
namespace fs = std::filesystem;

namespace {

constexpr base::Nanos kSecond = std::chrono::seconds(1);
constexpr base::UnixNanos k1970{};
constexpr base::UnixNanos k2023(1'700'000'000 * kSecond);
constexpr base::UnixNanos k2106(4'294'967'296 * kSecond);

// A filesystem that reports the file times that the test sets.
class Stamps final : public test::Interceptor {
 public:
  base::Result<void> before(test::Call&) override { return {}; }
  void after(test::Call&, bool) override {}
  void seen(const std::string& path, base::FileStat& stat) override {
    const auto known = times.find(path);
    const std::pair<base::UnixNanos, base::UnixNanos> none;
    std::tie(stat.mtime, stat.ctime) = known == times.end() ? none : known->second;
  }
  std::map<std::string, std::pair<base::UnixNanos, base::UnixNanos>> times;
};

struct Desk {
  explicit Desk(base::Nanos tick) : granularity(tick) { workshop.clock().set_now(k2023); }

  base::UnixNanos stamp() const {
    const base::UnixNanos now = workshop_clock().now();
    return now - now.time_since_epoch() % granularity;
  }
  const test::ManualClock& workshop_clock() const {
    return const_cast<test::Workshop&>(workshop).clock();
  }
  // All contents have one length, and no file gets another inode.
  void save(const std::string& name) {
    char content[16];
    std::snprintf(content, sizeof content, "%012d", ++saves);
    workshop.save(name, content);
    stamps.times[workshop.at(name)] = {stamp(), stamp()};
  }
  void touch(const std::string& name, base::UnixNanos mtime) {
    stamps.times[workshop.at(name)] = {mtime, stamp()};
  }
  std::string file() { return "f" + std::to_string(random.below(5)); }
  void snap(std::vector<Mark> marks) {
    must(workshop.try_snap(std::move(marks), object::CommitKind::automatic));
  }

  base::Nanos granularity;
  Stamps stamps;
  std::unique_ptr<base::FileSystem> posix = base::make_posix_filesystem();
  test::InterceptedFileSystem filesystem{*posix, stamps};
  test::Workshop workshop{nullptr, 1, &filesystem};
  test::SeededRandom random{test::test_seed()};
  int saves = 0;
};

void set_times(const std::string& path, base::UnixNanos mtime) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(mtime);
  const timespec times[2] = {{0, UTIME_OMIT},
                             {seconds.time_since_epoch().count(), (mtime - seconds).count()}};
  REQUIRE(utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
}

base::UnixNanos mtime_of(const std::string& path) {
  struct stat stat {};
  REQUIRE(::stat(path.c_str(), &stat) == 0);
  return base::UnixNanos(stat.st_mtim.tv_sec * kSecond + base::Nanos(stat.st_mtim.tv_nsec));
}

}  // namespace

TEST_CASE("time: a content of equal length is seen, however its mtime was set back") {
  test::Workshop workshop;
  workshop.save("a", "first");
  workshop.save("b", "first");
  workshop.snap();
  SECTION("as touch -r does") {
    const base::UnixNanos mtime = mtime_of(workshop.at("a"));
    workshop.save("a", "other");
    set_times(workshop.at("a"), mtime);
  }
  SECTION("as tar does, with a new file in the old one's place") {
    const base::UnixNanos mtime = mtime_of(workshop.at("a"));
    workshop.save("unpacked", "other");
    set_times(workshop.at("unpacked"), mtime);
    workshop.rename("unpacked", "a");
  }
  SECTION("by a swap of two") {
    set_times(workshop.at("b"), mtime_of(workshop.at("a")));
    workshop.save("b", "other");
    workshop.snap();
    set_times(workshop.at("a"), mtime_of(workshop.at("b")));
    workshop.rename("a", "c");
    workshop.rename("b", "a");
    workshop.rename("c", "b");
  }
  workshop.snap();
  CHECK(workshop.tree() == workshop.disk());
  CHECK(workshop.tree()["a"] == "other");
}

TEST_CASE("time: files of any time are kept and come back as they were") {
  constexpr base::Nanos kOne(1), kLargest = base::Nanos::max();
  constexpr base::UnixNanos k1916 = k1970 - (k2023 - k1970);
  test::Workshop workshop;
  std::map<std::string, base::UnixNanos> times;
  for (const base::UnixNanos time : {k1970, k1970 + kOne, k1970 - kOne, k1916, k2106 - kOne, k2106,
                                     k1970 + 2 * (k2106 - k1970) - kOne, k1970 + kLargest / 2,
                                     k1970 + (kLargest - kLargest % kSecond)}) {
    const std::string name = "at" + std::to_string(base::count_of(time));
    workshop.save(name, "first");
    set_times(workshop.at(name), time);
    times[name] = mtime_of(workshop.at(name));  // rounded as the disk can store it
  }
  for (const base::UnixNanos now : {k1970, k2023, k2106, k1916}) {
    workshop.clock().set_now(now);
    workshop.snap();
    for (const auto& [name, time] : times) {
      workshop.save(name, "at " + std::to_string(base::count_of(now)));
      set_times(workshop.at(name), time);
    }
    workshop.snap();
    REQUIRE(workshop.tree() == workshop.disk());
  }
  auto& repository = workshop.repository();
  for (const auto& [name, time] : times) {
    const auto entry =
        must(tree::find_entry(repository.nodes(), must(repository.head_tree()), name));
    REQUIRE(entry);
    CHECK(entry->mtime == time);
  }
}

TEST_CASE("time: within one tick of the clock, whole looks alone find every change") {
  // The ticks of ext4, of Linux, of old disks and of FAT.
  for (const base::Nanos tick : {base::Nanos(1), kSecond / 100, kSecond, 2 * kSecond}) {
    CAPTURE(tick);
    Desk desk(tick);
    for (std::uint64_t round = test::test_rounds(50); round > 0; --round) {
      for (std::uint64_t saves = desk.random.below(3); saves > 0; --saves) desk.save(desk.file());
      desk.workshop.clock().advance(desk.random.below(3) * kSecond / 3);
      desk.snap({{"", true}});
      REQUIRE(desk.workshop.tree() == desk.workshop.disk());
      if (desk.random.one_in(3)) desk.workshop.clock().advance(kSecond);
    }
  }
}

TEST_CASE("time: what an event says was written is read, whatever clock and times say") {
  for (const base::Nanos tick : {kSecond / 100, 2 * kSecond}) {
    CAPTURE(tick);
    Desk desk(tick);
    for (std::uint64_t round = test::test_rounds(100); round > 0; --round) {
      std::vector<Mark> marks;
      for (std::uint64_t saves = 1 + desk.random.below(3); saves > 0; --saves) {
        const std::string name = desk.file();
        desk.save(name);
        // Sets the mtime to that of an earlier version, or far ahead.
        if (desk.random.one_in(3)) desk.touch(name, k2023);
        if (desk.random.one_in(9)) desk.touch(name, k2106);
        marks.push_back({name, false, true});
      }
      auto& clock = desk.workshop.clock();
      switch (desk.random.below(8)) {
        case 0:
          clock.set_now(k1970);
          break;
        case 1:
          clock.set_now(k2106);
          break;
        case 2:  // back to an earlier moment
          clock.set_now(k2023 + desk.random.below(20) * kSecond);
          break;
        case 3:
          clock.set_now(k2023);
          break;
        default:
          clock.advance(base::Nanos(desk.random.below((2 * kSecond).count())));
      }
      desk.snap(std::move(marks));
      REQUIRE(desk.workshop.tree() == desk.workshop.disk());
    }
  }
}

TEST_CASE("time: equal times prove nothing where an event tells of a write, and only there") {
  Desk desk(base::Nanos(1));
  desk.save("f0");
  desk.workshop.clock().advance(60 * kSecond);
  desk.snap({{"", true}});
  const auto times = desk.stamps.times;
  desk.save("f0");
  desk.stamps.times = times;
  desk.snap({{"f0", false, false}});
  CHECK(desk.workshop.tree() != desk.workshop.disk());
  // One of two marks tells of a write: two of the same path, and one below the other.
  desk.snap({{"f0", false, false}, {"f0", false, true}});
  CHECK(desk.workshop.tree() == desk.workshop.disk());
  desk.save("f0");
  desk.stamps.times = times;
  desk.snap({{"", true, false}, {"f0", false, true}});
  CHECK(desk.workshop.tree() == desk.workshop.disk());
}
