// SPDX-License-Identifier: Apache-2.0
// The rule of trust.
#include <catch2/catch.hpp>

#include "core/index/index.hpp"

namespace vcs::index {
namespace {

using base::unix_nanos;

base::FileStat file_stat() {
  base::FileStat stat;
  stat.type = base::FileType::regular;
  stat.mode = 0644, stat.size = 10, stat.inode = 7, stat.mtime = unix_nanos(1000),
  stat.ctime = unix_nanos(1001);
  return stat;
}

IndexEntry entry_of(const base::FileStat& stat, object::EntryType type) {
  IndexEntry entry;
  entry.type = type, entry.mode = stat.mode, entry.size = stat.size, entry.inode = stat.inode;
  entry.mtime = stat.mtime, entry.ctime = stat.ctime;
  return entry;
}

}  // namespace

TEST_CASE("index trust: each difference of a file's stat data is seen") {
  const base::FileStat stat = file_stat();
  const IndexEntry entry = entry_of(stat, object::EntryType::file);
  REQUIRE(matches(entry, stat));

  const auto differs = [&](auto change) {
    base::FileStat other = stat;
    change(other);
    return !matches(entry, other);
  };
  CHECK(differs([](auto& s) { s.type = base::FileType::symlink; }));
  CHECK(differs([](auto& s) { s.type = base::FileType::directory; }));
  CHECK(differs([](auto& s) { s.type = base::FileType::other; }));
  CHECK(differs([](auto& s) { s.mode = 0755; }));
  CHECK(differs([](auto& s) { s.size = 11; }));
  CHECK(differs([](auto& s) { s.inode = 8; }));
  CHECK(differs([](auto& s) { s.mtime += base::Nanos(1); }));
  CHECK(differs([](auto& s) { s.ctime += base::Nanos(1); }));
  // The index does not record these fields.
  CHECK_FALSE(differs([](auto& s) { s.links = 2, s.device = 9, s.uid = 1, s.blocks = 3; }));
}

TEST_CASE("index trust: a marked entry is never trusted") {
  const base::FileStat stat = file_stat();
  IndexEntry entry = entry_of(stat, object::EntryType::file);
  entry.recheck = true;
  CHECK_FALSE(matches(entry, stat));
}

TEST_CASE("index trust: of a folder type, mode and times count") {
  base::FileStat stat = file_stat();
  stat.type = base::FileType::directory;
  const IndexEntry entry = entry_of(stat, object::EntryType::directory);
  stat.size = 4096, stat.inode = 99;
  CHECK(matches(entry, stat));
  base::FileStat other = stat;
  other.mode = 0700;
  CHECK_FALSE(matches(entry, other));
  other = stat;
  other.mtime += base::Nanos(1);
  CHECK_FALSE(matches(entry, other));
  // Only the ctime shows a new owner, attribute or access list.
  other = stat;
  other.ctime += base::Nanos(1);
  CHECK_FALSE(matches(entry, other));
}

TEST_CASE("index trust: times near or after the scan's start are racy") {
  base::FileStat stat = file_stat();
  stat.mtime = unix_nanos(50), stat.ctime = unix_nanos(100);
  using base::Nanos;
  CHECK_FALSE(is_racy(stat, unix_nanos(111), Nanos(10)));
  CHECK(is_racy(stat, unix_nanos(110), Nanos(10)));
  CHECK(is_racy(stat, unix_nanos(100), Nanos(0)));
  CHECK_FALSE(is_racy(stat, unix_nanos(101), Nanos(0)));
  CHECK(is_racy(stat, unix_nanos(90), Nanos(0)));
  // The newer of the two times counts, here the mtime.
  stat.mtime = unix_nanos(200), stat.ctime = unix_nanos(50);
  CHECK(is_racy(stat, unix_nanos(210), Nanos(10)));
}

TEST_CASE("index trust: of a time in the far future the ctime tells") {
  constexpr base::UnixNanos kNow = base::unix_nanos(1'700'000'000'000'000'000);
  constexpr base::Nanos kTick = std::chrono::milliseconds(10);
  base::FileStat stat = file_stat();
  stat.mtime = kNow + std::chrono::days(3);
  stat.ctime = kNow - std::chrono::seconds(1);
  CHECK_FALSE(is_racy(stat, kNow, kTick));
  stat.ctime = kNow;
  CHECK(is_racy(stat, kNow, kTick));
  // The clock of another machine may be ahead, but by less than an hour: the mtime counts.
  stat.mtime = kNow + std::chrono::seconds(1), stat.ctime = kNow - std::chrono::seconds(1);
  CHECK(is_racy(stat, kNow, kTick));
}

}  // namespace vcs::index
