// SPDX-License-Identifier: Apache-2.0
// Tests of the compositions on top of the filesystem seam, also on disks that fail and lose power.
#include "core/base/filesystem.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <set>
#include <thread>

#include "tests/support/fault_filesystem.hpp"
#include "tests/support/must.hpp"
#include "tests/support/recording_filesystem.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace vcs::base;
using namespace vcs::test;

namespace {

std::string text_of(Directory& directory, const std::string& name) {
  return std::string(as_text(vcs::base::read_file(directory, name).value()));
}

}  // namespace

TEST_CASE("read_file: whole, and never more than the limit") {
  const TemporaryFolder folder;
  const auto root = make_posix_filesystem()->open_directory(folder.path()).value();
  write_file(folder / "f", "12345");
  write_file(folder / "empty", "");
  CHECK(text_of(*root, "f") == "12345");
  CHECK(text_of(*root, "empty").empty());
  CHECK(vcs::base::read_file(*root, "f", 5).value().size() == 5);
  CHECK(vcs::base::read_file(*root, "f", 4).error().code == ErrorCode::invalid);
  CHECK(vcs::base::read_file(*root, "no").error().code == ErrorCode::not_found);
}

TEST_CASE("replace_file: replaces, leaves nothing behind, steps over left-overs") {
  const TemporaryFolder folder;
  const auto root = make_posix_filesystem()->open_directory(folder.path()).value();
  write_file(folder / "f.tmp0", "of a crash");
  must(replace_file(*root, "f", as_bytes("one")));
  must(replace_file(*root, "f", as_bytes("two"), 0640));
  CHECK(text_of(*root, "f") == "two");
  CHECK(list_sorted(*root).value().size() == 2);
  CHECK(text_of(*root, "f.tmp0") == "of a crash");
}

TEST_CASE("replace_file: threads that race leave one whole file") {
  const TemporaryFolder folder;
  const auto root = make_posix_filesystem()->open_directory(folder.path()).value();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      const std::string content(5000, static_cast<char>('a' + i));
      for (int round = 0; round < 20; ++round) must(replace_file(*root, "f", as_bytes(content)));
    });
  for (std::thread& thread : threads) thread.join();
  const std::string content = text_of(*root, "f");
  CHECK(content == std::string(5000, content.front()));
  CHECK(list_sorted(*root).value().size() == 1);
}

TEST_CASE("replace_file: whatever call fails, the old or the new content is there") {
  const auto real = make_posix_filesystem();
  for (const bool half_write : {false, true}) {
    for (const bool all_after : {false, true}) {
      for (std::uint64_t nth = 1;; ++nth) {
        const TemporaryFolder folder;
        write_file(folder / "f", "old");
        FaultFileSystem faults(*real);
        const auto root = faults.open_directory(folder.path()).value();
        faults.set_fault(
            {.nth = nth, .os_error = ENOSPC, .all_after = all_after, .half_write = half_write});
        const auto replaced = replace_file(*root, "f", as_bytes("new content"));
        const std::string content = vcs::test::read_file(folder / "f");
        INFO("call " << nth << ": " << content);
        if (faults.failures() == 0) {
          CHECK(nth == 6);  // create, write, sync, rename, sync of the folder
          CHECK(content == "new content");
          break;
        }
        REQUIRE_FALSE(replaced);
        CHECK(replaced.error().code == ErrorCode::no_space);
        CHECK((content == "old" || content == "new content"));
        if (!all_after) CHECK(list_sorted(*root).value().size() == 1);
      }
    }
  }
}

TEST_CASE("replace_file: no power cut leaves anything but old or new, and finished means new") {
  const auto real = make_posix_filesystem();
  const TemporaryFolder folder;
  RecordingFileSystem recording(*real, folder.path());
  const auto root = recording.open_directory(folder.path()).value();
  const std::string first(2000, '1');
  const std::string second(3000, '2');
  must(replace_file(*root, "f", as_bytes(first)));
  const std::size_t first_done = recording.size();
  must(replace_file(*root, "f", as_bytes(second)));

  const std::vector<Operation> operations = recording.operations();
  int states = 0;
  for (std::size_t prefix = 0; prefix <= operations.size(); ++prefix) {
    for_each_crash(operations, prefix, [&](const std::vector<Operation>& survivors) {
      const TemporaryFolder disk;
      replay(survivors, disk.path());
      const bool present = std::filesystem::exists(disk / "f");
      const std::string content = present ? vcs::test::read_file(disk / "f") : "";
      INFO("prefix " << prefix);
      CHECK((content.empty() || content == first || content == second));
      if (prefix >= first_done) CHECK_FALSE(content.empty());
      if (prefix == operations.size()) CHECK(content == second);
      ++states;
    });
  }
  CHECK(states > 20);
}

TEST_CASE("open_or_make_directory: makes once, and durable") {
  const auto real = make_posix_filesystem();
  const TemporaryFolder folder;
  FaultFileSystem counted(*real);
  const auto root = counted.open_directory(folder.path()).value();
  open_or_make_directory(*root, "a").value();
  open_or_make_directory(*root, "a").value();
  CHECK(counted.calls(CallKind::make_directory) == 1);
  CHECK(counted.calls(CallKind::sync_directory) == 1);
  write_file(folder / "f", "");
  CHECK(open_or_make_directory(*root, "f").error().code == ErrorCode::invalid);
}

TEST_CASE("remove_tree: removes all below and follows no link") {
  const TemporaryFolder folder;
  const TemporaryFolder elsewhere;
  write_file(elsewhere / "kept", "");
  const auto root = make_posix_filesystem()->open_directory(folder.path()).value();
  std::filesystem::create_directories(folder / "a/b/c");
  write_file(folder / "a/f", "");
  write_file(folder / "a/b/c/f", "");
  std::filesystem::create_symlink(elsewhere.path(), folder / "a/b/link");
  must(remove_tree(*root, "a"));
  CHECK(list_sorted(*root).value().empty());
  CHECK(std::filesystem::exists(elsewhere / "kept"));
  CHECK(remove_tree(*root, "a").error().code == ErrorCode::not_found);
}
