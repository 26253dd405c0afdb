// SPDX-License-Identifier: Apache-2.0
// Tests of the test filesystems: the one that fails, the one that records, the simulated disk.
#include <catch2/catch.hpp>
#include <cerrno>
#include <filesystem>
#include <set>

#include "core/base/special_calls.hpp"
#include "tests/support/fault_filesystem.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/must.hpp"
#include "tests/support/recording_filesystem.hpp"
#include "tests/support/simulated_disk.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace vcs;
using namespace vcs::test;

namespace {

// Every file below `folder` with its content, every folder with a slash.
std::map<std::string, std::string> content_of(const std::string& folder) {
  std::map<std::string, std::string> content;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string path = entry.path().lexically_relative(folder);
    if (entry.is_symlink())
      content[path] = std::filesystem::read_symlink(entry.path());
    else if (entry.is_directory())
      content[path + "/"];
    else
      content[path] = read_file(entry.path());
  }
  return content;
}

struct Recorded {
  std::unique_ptr<base::FileSystem> real = base::make_posix_filesystem();
  TemporaryFolder folder;
  mutable RecordingFileSystem recording{*real, folder.path()};
  std::unique_ptr<base::Directory> root = recording.open_directory(folder.path()).value();

  std::unique_ptr<base::File> create(const std::string& name) const {
    return root->open_file(name, base::OpenMode::create_new).value();
  }
  std::set<std::string> possible_contents(const std::string& name) const {
    std::set<std::string> contents;
    for_each_crash(recording.operations(), recording.size(), [&](const auto& survivors) {
      const TemporaryFolder disk;
      replay(survivors, disk.path());
      const auto content = content_of(disk.path());
      contents.insert(content.contains(name) ? content.at(name) : "absent");
    });
    return contents;
  }
};

}  // namespace

TEST_CASE("fault filesystem: the n-th change fails, once or for good") {
  const auto real = base::make_posix_filesystem();
  const TemporaryFolder folder;
  FaultFileSystem faults(*real);
  const auto root = faults.open_directory(folder.path()).value();
  faults.set_fault({.nth = 2});
  CHECK(root->make_directory("a").has_value());
  CHECK(root->stat("a").has_value());  // does not count
  CHECK(root->make_directory("b").error().os_error == EIO);
  CHECK(root->make_directory("b").has_value());
  CHECK(faults.failures() == 1);
  faults.set_fault({.nth = 1, .os_error = ENOSPC, .all_after = true});
  CHECK(root->make_directory("c").error().code == base::ErrorCode::no_space);
  CHECK_FALSE(root->remove_directory("a").has_value());
  faults.clear_fault();
  CHECK(root->rename("a", *root, "d").has_value());
  CHECK(faults.calls(CallKind::make_directory) == 4);
  CHECK(faults.mutating_calls() == 6);
}

TEST_CASE("fault filesystem: a write can be cut in half, a sync alone can fail") {
  const auto real = base::make_posix_filesystem();
  const TemporaryFolder folder;
  FaultFileSystem faults(*real);
  const auto root = faults.open_directory(folder.path()).value();
  const auto file = root->open_file("f", base::OpenMode::create_new).value();
  faults.set_fault({.nth = 1, .os_error = ENOSPC, .half_write = true});
  CHECK_FALSE(file->write_at(base::as_bytes("abcdef"), 0).has_value());
  CHECK(read_file(folder / "f") == "abc");
  faults.set_fault({.nth = 1, .only = CallKind::sync_file});
  CHECK(file->write_at(base::as_bytes("x"), 0).has_value());
  CHECK(root->sync().has_value());
  CHECK_FALSE(file->sync().has_value());
  CHECK(file->sync().has_value());
}

TEST_CASE("recording filesystem: all operations replayed give the same folder") {
  const Recorded recorded;
  SeededRandom random(test_seed());
  const auto any_name = [&] { return std::string(1, static_cast<char>('a' + random.below(6))); };
  recorded.recording.make_directories(recorded.folder / "x/y", 0700).value();
  const auto sub = recorded.root->open_directory("x").value();
  for (int i = 0; i < 600; ++i) {
    base::Directory& from = random.one_in(2) ? *sub : *recorded.root;
    base::Directory& to = random.one_in(2) ? *sub : *recorded.root;
    switch (random.below(7)) {
      case 0:
        (void)from.make_directory(any_name());
        break;
      case 1:
        (void)from.rename(any_name(), to, any_name(), random.one_in(2));
        break;
      case 2:
        (void)from.remove_file(any_name());
        break;
      case 3:
        (void)from.remove_directory(any_name());
        break;
      case 4:
        (void)from.make_symlink("target", any_name());
        break;
      default: {
        auto file = from.open_file(any_name(), base::OpenMode::create_or_open);
        if (!file) break;
        if (random.one_in(4)) must((*file)->truncate(random.below(50)));
        must((*file)->write_at(base::as_bytes(std::to_string(i)), random.below(40)));
      }
    }
  }
  const TemporaryFolder copy;
  replay(recorded.recording.operations(), copy.path());
  CHECK(content_of(copy.path()) == content_of(recorded.folder.path()));
}

TEST_CASE("crash states: what was not synced may be missing, what was synced is there") {
  const Recorded recorded;
  auto file = recorded.create("f");
  must(recorded.root->sync());
  must(file->write_at(base::as_bytes("aa"), 0));
  must(file->sync());
  CHECK(recorded.possible_contents("f") == std::set<std::string>{"aa"});
  must(file->write_at(base::as_bytes("b"), 2));
  must(file->write_at(base::as_bytes("c"), 3));
  CHECK(recorded.possible_contents("f") ==
        std::set<std::string>{"aa", "aab", std::string("aa\0c", 4), "aabc"});
}

TEST_CASE("crash states: a name needs its folder's sync, whatever the file's") {
  const Recorded recorded;
  auto file = recorded.create("f");
  must(file->write_at(base::as_bytes("x"), 0));
  must(file->sync());
  CHECK(recorded.possible_contents("f") == std::set<std::string>{"absent", "x"});
  must(recorded.root->sync());
  CHECK(recorded.possible_contents("f") == std::set<std::string>{"x"});
}

TEST_CASE("crash states: a rename without the file's sync may show an empty file") {
  const Recorded recorded;
  auto file = recorded.create("tmp");
  must(file->write_at(base::as_bytes("x"), 0));
  must(recorded.root->rename("tmp", *recorded.root, "f"));
  must(recorded.root->sync());
  CHECK(recorded.possible_contents("f") == std::set<std::string>{"", "x"});
}

TEST_CASE("crash states: a rename between folders is there once the new one is synced") {
  const Recorded recorded;
  recorded.recording.make_directories(recorded.folder / "tmp", 0700).value();
  recorded.recording.make_directories(recorded.folder / "packs", 0700).value();
  const auto tmp = recorded.root->open_directory("tmp").value();
  const auto packs = recorded.root->open_directory("packs").value();
  auto file = tmp->open_file("f", base::OpenMode::create_new).value();
  must(file->write_at(base::as_bytes("x"), 0));
  must(file->sync());
  must(tmp->rename("f", *packs, "f"));
  CHECK(recorded.possible_contents("packs/f") == std::set<std::string>{"absent", "x"});
  must(packs->sync());
  CHECK(recorded.possible_contents("packs/f") == std::set<std::string>{"x"});
}

TEST_CASE("crash states: names that changed places have, or have not, and none is without a file") {
  const Recorded recorded;
  for (const char* name : {"f", "g"}) {
    auto file = recorded.create(name);
    must(file->write_at(base::as_bytes(name), 0));
    must(file->sync());
  }
  must(recorded.root->sync());
  must(base::exchange(*recorded.root, "f", "g"));
  CHECK(recorded.possible_contents("f") == std::set<std::string>{"f", "g"});
  must(recorded.root->sync());
  CHECK(recorded.possible_contents("f") == std::set<std::string>{"g"});
  CHECK(recorded.possible_contents("g") == std::set<std::string>{"f"});
}

TEST_CASE("crash states: a sync that failed promises nothing") {
  const auto real = base::make_posix_filesystem();
  const TemporaryFolder folder;
  FaultFileSystem faults(*real);
  RecordingFileSystem recording(faults, folder.path());
  const auto root = recording.open_directory(folder.path()).value();
  auto file = root->open_file("f", base::OpenMode::create_new).value();
  must(file->write_at(base::as_bytes("x"), 0));
  faults.set_fault({.nth = 1, .only = CallKind::sync_file});
  CHECK_FALSE(file->sync().has_value());
  const auto operations = recording.operations();
  const std::vector<bool> durable = durable_operations(operations, operations.size());
  REQUIRE(operations[1].kind == CallKind::write);
  CHECK_FALSE(durable[1]);
}

TEST_CASE("crash states: of what went past the cache each piece is there, torn, zeros or not") {
  const Recorded recorded;
  auto file = recorded.create("f");
  must(recorded.root->sync());
  must(file->write_past_cache(base::Bytes(100, 'a'), 0));  // no whole block
  must(file->sync());
  must(file->write_past_cache(base::Bytes(3 * 512, 'b'), 100));
  const std::string old(100, 'a'), head(412, 'b'), blocks(1024, 'b'), rest(100, 'b');
  const auto contents = recorded.possible_contents("f");
  CHECK(contents.contains(old));
  CHECK(contents.contains(old + head + blocks + rest));
  CHECK(contents.contains(old + head));
  CHECK(contents.contains(old + std::string(412, '\0') + blocks));
  CHECK(contents.contains(old + head + std::string(1024, '\0') + rest));
  CHECK_FALSE(contents.contains(""));
  must(file->sync());
  CHECK(recorded.possible_contents("f") == std::set<std::string>{old + head + blocks + rest});
}

TEST_CASE("simulated disk: a failed sync drops what was in the cache, and nothing else for sure") {
  ManualClock clock;
  std::set<std::string> contents;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SimulatedDisk disk(clock);
    const auto root = disk.make_directories("/d", 0700).value();
    const auto file = root->open_file("f", base::OpenMode::create_new).value();
    must(root->sync());
    must(file->write_past_cache(base::Bytes(512 + 3, 'b'), 0));
    disk.sync_failed("/d/f");
    SeededRandom random(seed);
    disk.lose_power(random);
    contents.insert(std::string(base::as_text(base::read_file(*root, "f").value())));
  }
  CHECK(contents == std::set<std::string>{"", std::string(512, 'b'), std::string(512, '\0')});
}

TEST_CASE("crash states: random ones keep what is durable and repeat with their seed") {
  const Recorded recorded;
  auto file = recorded.create("f");
  must(recorded.root->sync());
  must(file->write_at(base::Bytes(4096, 's'), 0));
  must(file->sync());
  for (int i = 1; i < 10; ++i) must(file->write_at(base::Bytes(4096, 'u'), 4096u * i));
  const auto operations = recorded.recording.operations();
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SeededRandom one(seed), same(seed);
    const TemporaryFolder disk;
    const TemporaryFolder again;
    replay(random_crash(operations, operations.size(), one), disk.path());
    replay(random_crash(operations, operations.size(), same), again.path());
    const std::string content = read_file(disk / "f");
    CHECK(content == read_file(again / "f"));
    CHECK(content.substr(0, 4096) == std::string(4096, 's'));
  }
}
