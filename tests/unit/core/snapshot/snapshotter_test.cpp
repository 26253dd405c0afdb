// SPDX-License-Identifier: Apache-2.0
// Snapshots of real files: the commit has what is on disk, whatever happened before.
#include "core/snapshot/snapshotter.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/xattr.h>
#endif

#include <catch2/catch.hpp>
#include <filesystem>

#include "core/base/memory.hpp"
#include "core/history/repository.hpp"
#include "core/object/compressor.hpp"
#include "core/pack/frame.hpp"
#include "core/snapshot/entry_reader.hpp"
#include "core/snapshot/shared_files.hpp"
#include "core/tree/tree.hpp"
#include "tests/support/failing_memory.hpp"
#include "tests/support/fault_filesystem.hpp"
#include "tests/support/must.hpp"
#include "tests/support/quick_folder.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/workshop.hpp"

namespace {

using namespace vcs;
using test::must;
using test::Workshop;

object::ChangeCounts counts(std::uint64_t added, std::uint64_t modified, std::uint64_t deleted) {
  return {added, modified, deleted};
}

base::UnixNanos ctime_of(const struct stat& stat) {
  return base::UnixNanos(std::chrono::seconds(stat.st_ctim.tv_sec) +
                         base::Nanos(stat.st_ctim.tv_nsec));
}

void touch(const std::string& path, std::int64_t seconds) {
  const timespec times[2] = {{seconds, 5}, {seconds, 123456789}};
  REQUIRE(utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW) == 0);
}

std::string noise(std::uint64_t seed, std::size_t length) {
  test::SeededRandom random(seed);
  std::string text(length, '\0');
  random.fill({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  return text;
}

TEST_CASE("snapshotter: the first snapshot of an empty folder is a commit") {
  Workshop shop;
  const auto outcome = shop.snap();
  CHECK(outcome.created);
  CHECK(outcome.commit.sequence == 1);
  CHECK(outcome.commit.tree.is_zero());
  CHECK(shop.tree().empty());
  CHECK_FALSE(shop.snap().created);
}

TEST_CASE(
    "snapshotter: saves, edits, removals and renames arrive with their "
    "counts") {
  Workshop shop;
  shop.save("a.txt", "one");
  shop.save("folder/b.txt", "two");
  std::filesystem::create_symlink("nowhere", shop.at("link"));
  shop.make_folder("empty");
  CHECK(shop.snap().commit.changed == counts(5, 0, 0));
  CHECK(shop.tree() == shop.disk());

  shop.save("a.txt", "one more");
  auto outcome = shop.snap({"a.txt"});
  CHECK(outcome.commit.changed == counts(0, 1, 0));
  CHECK(outcome.commit.sequence == 2);

  shop.rename("folder", "renamed");
  outcome = shop.snap({"folder", "renamed"});
  CHECK(outcome.commit.changed == counts(2, 0, 2));
  CHECK(shop.tree() == shop.disk());

  shop.remove("renamed");
  CHECK(shop.snap({"renamed/b.txt"}).commit.changed == counts(0, 0, 2));
  CHECK(shop.tree() == shop.disk());
}

TEST_CASE(
    "snapshotter: a mark inside a folder that the index does not know "
    "captures the whole folder") {
  Workshop shop;
  shop.snap();
  shop.save("new/deep/file.txt", "text");
  shop.save("new/other.txt", "text");
  must(shop.try_snap({{"new", false}}, object::CommitKind::automatic));
  CHECK(shop.tree() == shop.disk());
}

TEST_CASE("snapshotter: a file becomes a folder and a folder a file") {
  Workshop shop;
  shop.save("x", "file");
  shop.save("y/inside", "file");
  shop.snap();
  shop.remove("x");
  shop.save("x/inside", "folder now");
  shop.remove("y");
  shop.save("y", "file now");
  shop.snap({"x", "y"});
  CHECK(shop.tree() == shop.disk());
}

TEST_CASE(
    "snapshotter: an mtime alone makes no automatic commit but travels "
    "with the next one") {
  Workshop shop;
  shop.save("a", "same");
  shop.save("b", "other");
  shop.snap();
  touch(shop.at("a"), 1'600'000'000);
  CHECK_FALSE(shop.snap().created);
  CHECK_FALSE(shop.snap().created);
  shop.save("b", "changed");
  const auto outcome = shop.snap({"b"});
  CHECK(outcome.created);
  CHECK(outcome.commit.changed == counts(0, 1, 0));
  const auto entry = must(tree::find_entry(shop.repository().nodes(), outcome.commit.tree, "a"));
  REQUIRE(entry);
  CHECK(entry->mtime == base::unix_nanos(1'600'000'000'123'456'789));
}

#ifdef __linux__
// The entry of a path in a commit.
object::TreeEntry entry_of(Workshop& shop, const object::Commit& commit, const std::string& path) {
  auto entry = must(tree::find_entry(shop.repository().nodes(), commit.tree, path));
  REQUIRE(entry);
  return *entry;
}

bool set_attribute(const std::string& path, const std::string& value) {
  return ::setxattr(path.c_str(), "user.tag", value.data(), value.size(), 0) == 0;
}

TEST_CASE("snapshotter: a folder's attributes and owner are news when they change") {
  Workshop shop;
  shop.options.record_owner = true;
  shop.save("team/file", "x");
  shop.snap();
  if (!set_attribute(shop.at("team"), "red")) {
    WARN("no user attributes here");
    return;
  }
  auto outcome = shop.snap({"team"});
  CHECK(outcome.commit.changed == counts(0, 1, 0));
  CHECK(entry_of(shop, outcome.commit, "team").attributes.size() == 1);
  CHECK_FALSE(shop.snap().created);

  // The same length, the same mtime.
  REQUIRE(set_attribute(shop.at("team"), "two"));
  outcome = shop.snap();
  REQUIRE(outcome.created);
  CHECK(entry_of(shop, outcome.commit, "team").attributes[0].value == base::Bytes{'t', 'w', 'o'});
  if (::getuid() != 0) return;
  REQUIRE(::chown(shop.at("team").c_str(), 4711, 4712) == 0);
  outcome = shop.snap({"team"});
  CHECK(entry_of(shop, outcome.commit, "team").uid == 4711);
  CHECK(entry_of(shop, outcome.commit, "team").gid == 4712);
}

TEST_CASE(
    "snapshotter: an attribute that came in the tick of the look is seen "
    "at the next one") {
  Workshop shop;
  shop.make_folder("team");
  struct stat stat {};
  REQUIRE(::lstat(shop.at("team").c_str(), &stat) == 0);
  shop.clock().set_now(ctime_of(stat));
  shop.snap();
  CHECK(shop.repository().index().find("team")->recheck);
}

TEST_CASE("snapshotter: the top folder is in each commit, and its changes are news") {
  Workshop shop;
  shop.options.record_owner = true;
  shop.save("file", "x");
  REQUIRE(::chmod(shop.at(".").c_str(), 0750) == 0);
  auto outcome = shop.snap();
  REQUIRE(outcome.commit.root);
  CHECK(outcome.commit.changed == counts(1, 0, 0));
  CHECK(outcome.commit.root->mode == 0750);
  CHECK(outcome.commit.root->uid == ::getuid());
  CHECK_FALSE(shop.snap().created);

  REQUIRE(::chmod(shop.at(".").c_str(), 02775) == 0);
  outcome = must(shop.try_snap({{"", false}}, object::CommitKind::automatic));
  REQUIRE(outcome.created);
  CHECK(outcome.commit.changed == counts(0, 1, 0));
  CHECK(outcome.commit.root->mode == 02775);
  CHECK_FALSE(shop.repository().index_lags());
  CHECK(outcome.commit.tree == must(shop.repository().read_commit(*outcome.commit.parent)).tree);

  if (set_attribute(shop.at("."), "red")) {
    outcome = must(shop.try_snap({{"", false}}, object::CommitKind::automatic));
    REQUIRE(outcome.created);
    CHECK(outcome.commit.root->attributes.size() == 1);
  }
  // A new mtime alone makes no automatic commit, as for any folder.
  touch(shop.at("."), 1'500'000'000);
  CHECK_FALSE(shop.snap().created);
  CHECK(shop.snap_manually().commit.root->mtime == base::unix_nanos(1'500'000'000'123'456'789));
  must(shop.reopen());
  CHECK_FALSE(shop.snap().created);
}

TEST_CASE("memory: a file for which there is none fails alone, is told, and is tried again") {
  const std::size_t large = GENERATE(400u << 10, 8u << 20);  // in one piece, and in many
  Workshop shop;
  shop.save("a", "work");
  shop.save("large", std::string(large, 'x') + "end");
  shop.save("z", "work");
  snapshot::SnapshotOutcome outcome;
  {
    const auto failing = test::FailingMemory::of_size(200u << 10);
    outcome = shop.snap();
    CHECK(failing.failures() > 0);
  }
  CHECK(outcome.created);
  REQUIRE(outcome.problems.size() == 1);
  CHECK(outcome.problems[0].path == "large");
  CHECK(outcome.problems[0].error.message.find("memory") != std::string::npos);
  CHECK(shop.tree().size() == 2);
  outcome = shop.snap({"large"});
  CHECK(outcome.problems.empty());
  CHECK(shop.tree() == shop.disk());
}

TEST_CASE("memory: whatever allocation of a snapshot fails, no commit lacks anything") {
  std::uint64_t nth = 1;
  bool struck = true;
  Workshop shop;
  for (int round = 0; struck; ++round, nth += 11) {
    CAPTURE(nth);
    for (const char* name : {"a", "b", "d/c"})
      shop.save(name, std::string(name) + std::to_string(round));
    shop.save("large",
              std::string(3 << 20, static_cast<char>('a' + round % 26)) + std::to_string(round));
    {
      const auto failing = test::FailingMemory::nth(nth);
      (void)base::has_memory_for([&] {
        (void)shop.try_snap({{"", true}}, object::CommitKind::automatic);
      });
      struck = failing.failures() > 0;
    }
    shop.snap();
    REQUIRE(shop.tree() == shop.disk());
  }
  CHECK(nth > 100);
}

TEST_CASE(
    "long and deep: twice as many levels take little more than twice the calls, in and at each "
    "look") {
  const auto calls_of = [](int levels) {
    const auto real = base::make_posix_filesystem();
    test::FaultFileSystem counting(*real);
    Workshop shop(test::WorkshopOptions{.worktree_files = &counting});
    std::string path;
    for (int level = 0; level < levels; ++level) {
      path += "d/";
      shop.save(path + "f", std::to_string(level));
    }
    counting.reset_counts();
    shop.snap();
    const std::uint64_t first = counting.all_calls();
    CHECK(shop.tree().size() == 2 * static_cast<std::size_t>(levels));
    counting.reset_counts();
    CHECK_FALSE(shop.snap().created);
    return std::pair(first, counting.all_calls());
  };
  const auto [first, again] = calls_of(300);
  const auto [first_of_many, again_of_many] = calls_of(600);
  CHECK(first_of_many < first * 3);  // with a quadratic cost it would be four times
  CHECK(again_of_many < again * 23 / 10);
}

TEST_CASE("entry reader: attributes that cannot be read cost those that can nothing") {
  const base::ExtendedAttribute good{"user.good", {1}}, bad{"user.bad", {}, EACCES},
      gone{"user.gone", {9}}, old_bad{"user.bad", {7}};
  snapshot::ReadAttributes read(std::vector{bad, good});
  CHECK(read.readable == std::vector{good});
  CHECK(read.unread == std::vector<std::string>{"user.bad"});
  REQUIRE(read.error);
  CHECK(read.error->message.find("1 of its 2 attributes cannot be read") == 0);
  CHECK(read.error->message.find("user.bad") != std::string::npos);
  // An unreadable attribute keeps its known value; an attribute that is not listed goes.
  CHECK(snapshot::with_known_attributes(read.readable, read.unread, {old_bad, gone}) ==
        std::vector{old_bad, good});
  // If not even the names can be read, all known attributes stay.
  CHECK(snapshot::with_known_attributes({}, {}, {old_bad, gone}) == std::vector{old_bad, gone});
  snapshot::ReadAttributes none(base::fail(base::ErrorCode::unsupported, "none here"));
  CHECK_FALSE(none.error);
  snapshot::ReadAttributes failed(base::fail(base::ErrorCode::io, "no"));
  CHECK(failed.error);
}

TEST_CASE("snapshotter: what killed restores left goes with a look, and what is at work does not") {
  Workshop shop;
  const auto temporary = [](int number) { return fmt::format("d/.vcsd-{:016x}.tmp", number); };
  const std::string left = temporary(1), at_work = temporary(2), young = temporary(3);
  shop.save("d/file", "work");
  for (const std::string& path : {left, at_work, young, std::string("d/.vcsd-mine.tmp"),
                                  std::string("d/.vcsd-0123456789abcdef.old")})
    shop.save(path, "x");
  struct stat stat {};
  REQUIRE(::stat(shop.at(young).c_str(), &stat) == 0);
  using std::chrono::hours;
  using std::chrono::seconds;
  const base::UnixNanos made = ctime_of(stat);
  const auto look = [&](base::UnixNanos now, base::UnixNanos begun, std::uint32_t owner) {
    shop.options.scan.sweep = base::StaleLeftovers{now, begun, owner};
    shop.snap();
  };
  const auto exists = [&](const std::string& path) {
    return std::filesystem::exists(shop.at(path));
  };
  const auto time_of_folder = [&] { return std::filesystem::last_write_time(shop.at("d")); };
  const auto before = time_of_folder();
  look(made + seconds(60), made - seconds(60), geteuid());  // this agent's restore may write it
  CHECK(exists(left));
  look(made + hours(2), made, geteuid() + 1);  // somebody else's
  CHECK(exists(left));
  const int writer = ::open(shop.at(at_work).c_str(), O_WRONLY | O_CLOEXEC);
  look(made + seconds(60), made + seconds(50), geteuid());  // the agent began after the file
  ::close(writer);
  CHECK_FALSE(exists(left));
  CHECK_FALSE(exists(young));
  CHECK(exists(at_work));
  CHECK(time_of_folder() == before);
  CHECK(exists("d/.vcsd-mine.tmp"));
  CHECK(exists("d/.vcsd-0123456789abcdef.old"));
  look(made + hours(2), made - seconds(60), geteuid());  // long ago
  CHECK_FALSE(exists(at_work));
  CHECK(shop.tree().at("d/file") == "work");
}

TEST_CASE("snapshotter: a person's file of such a name, which is wanted, stays") {
  Workshop shop;
  const std::string name = ".vcsd-0123456789abcdef.tmp";
  shop.save(".vcsignore", "!.vcsd-*.tmp\n");
  shop.save(name, "mine");
  shop.options.scan.sweep =
      base::StaleLeftovers{base::UnixNanos::max(), base::UnixNanos::max(), geteuid()};
  shop.snap();
  CHECK(shop.tree().at(name) == "mine");
  CHECK(shop.tree() == shop.disk());
}

TEST_CASE("snapshotter: attributes that cannot be read cost neither the content nor each other") {
  const test::QuickFolder quick;
  Workshop shop(test::WorkshopOptions{.worktree = quick.path()});
  shop.save("file", "work");
  shop.save("folder/inside", "work");
  for (const char* path : {"file", "folder"})
    if (!set_attribute(shop.at(path), "red")) {
      WARN("no user attributes here");
      return;
    }
  auto outcome = shop.snap();
  REQUIRE(entry_of(shop, outcome.commit, "file").attributes.size() == 1);

  // Sets more attribute names than the system can list; false: it lists them all.
  const auto burden = [&](const std::string& path) {
    for (int i = 0; i < 300; ++i) {
      const std::string name = "user." + std::to_string(i) + std::string(240, 'n');
      (void)::setxattr(shop.at(path).c_str(), name.c_str(), "", 0, 0);
    }
    constexpr ssize_t kMostListed = 64 << 10;
    const ssize_t size = ::listxattr(shop.at(path).c_str(), nullptr, 0);
    return size < 0 || size > kMostListed;
  };
  shop.save("file", "more work");
  shop.save("new", "work");
  bool too_many = true;
  for (const char* path : {"file", "folder", "new", "."}) too_many &= burden(path);
  if (!too_many) {
    WARN("this system lists as many attributes as there are");
    return;
  }
  outcome = shop.snap();
  CHECK(shop.tree() == shop.disk());
  REQUIRE(outcome.problems.size() == 4);
  for (const auto& problem : outcome.problems) CHECK(problem.is_kept);
  // The attributes of the last commit are kept.
  CHECK(entry_of(shop, outcome.commit, "file").attributes.size() == 1);
  CHECK(entry_of(shop, outcome.commit, "folder").attributes.size() == 1);
  CHECK(entry_of(shop, outcome.commit, "new").attributes.empty());
  CHECK_FALSE(shop.snap().created);
  CHECK(shop.snap().problems.size() == 4);
}

TEST_CASE("snapshotter: a file from the future is read once") {
  Workshop shop;
  shop.save("file", "work");
  touch(shop.at("file"), 5'000'000'000);
  shop.snap();
  CHECK_FALSE(shop.repository().index().find("file")->recheck);
}

// The commit has no top folder, as those of an older version.
TEST_CASE("snapshotter: a history without the top folder gets it once") {
  Workshop shop;
  shop.save("file", "x");
  object::Commit commit = shop.snap().commit;
  commit.root.reset();
  commit.sequence = 2;
  commit.parent = shop.repository().head();
  const base::Bytes bytes = object::encode_commit(commit);
  const auto id = object::hash_bytes(bytes);
  object::Compressor compressor;
  const pack::FrameInput input[] = {{id, bytes}};
  must(shop.repository().store().commit(
      must(pack::encode_frame(object::ObjectKind::commit, input, 1, compressor, true)),
      shop.repository().store().losses()));
  must(shop.repository().set_head(id));
  const auto outcome = shop.snap();
  REQUIRE(outcome.created);
  CHECK(outcome.commit.root);
  CHECK(outcome.commit.changed == counts(0, 0, 0));
  CHECK_FALSE(shop.snap().created);
}
#endif

// A commit never has an entry without its folder, because a restore would fail.
TEST_CASE("snapshotter: after a folder that could not be opened once, all is there") {
  const auto real = base::make_posix_filesystem();
  bool struck = true;
  // The first is the root, without which there is no snapshot.
  for (std::uint64_t nth = 2; struck; ++nth) {
    CAPTURE(nth);
    test::FaultFileSystem faults(*real);
    Workshop shop(nullptr, 1, &faults);
    shop.save("first", "1");
    shop.make_folder("a");
    shop.snap();
    shop.save("a/b/c", "2");
    shop.save("a/b/d/e", "3");
    shop.save("a/f", "4");
    faults.set_fault({.nth = nth, .only = test::CallKind::open});
    (void)shop.try_snap({{"a/b", true}, {"a/f", false}}, object::CommitKind::automatic);
    struck = faults.failures() > 0;
    faults.clear_fault();
    const auto tree = shop.tree();
    for (const auto& [path, shown] : tree)
      if (const auto slash = path.rfind('/'); slash != std::string::npos)
        CHECK(tree.contains(path.substr(0, slash)));
    shop.snap();
    REQUIRE(shop.tree() == shop.disk());
  }
}

TEST_CASE(
    "snapshotter: a folder that the index still has as a file keeps what "
    "is in it") {
  Workshop shop;
  shop.save("a", "a file");
  shop.save("z", "behind it");
  shop.snap();
  shop.remove("a");
  for (int each = 0; each < 9; ++each) shop.save("a/b/c/" + std::to_string(each), "1");
  // The mark names only a folder deep inside, and none above it.
  shop.snap({"a/b/c"});
  shop.save("a/b/c/4", "2");
  shop.snap();
  CHECK(shop.tree() == shop.disk());
  CHECK_FALSE(shop.snap().created);
}

// Nothing is left to read when the walk ends, and every thread must notice that.
TEST_CASE("snapshotter: looks end that find nothing but what was put off") {
  const std::size_t lanes = GENERATE(1, 2);
  Workshop shop(nullptr, lanes);
  shop.save("a/touched", "1");
  shop.save("b", "2");
  shop.snap();
  touch(shop.at("a/touched"), 1'600'000'000);
  CHECK_FALSE(shop.snap().created);
  CHECK_FALSE(shop.snap().created);
  CHECK_FALSE(shop.snap({"a"}).created);
  // More files than a thread takes at a time.
  for (int i = 0; i < 600; ++i) shop.save("many/" + std::to_string(i), "3");
  shop.snap();
  for (int i = 0; i < 600; ++i) touch(shop.at("many/" + std::to_string(i)), 1'600'000'000);
  CHECK_FALSE(shop.snap().created);
  CHECK_FALSE(shop.snap({"many"}).created);
  shop.save("b", "4");
  CHECK(shop.snap().created);
}

TEST_CASE("snapshotter: a manual commit takes an mtime alone") {
  Workshop shop;
  shop.save("a", "same");
  shop.snap();
  touch(shop.at("a"), 1'600'000'000);
  const auto outcome = shop.snap_manually();
  CHECK(outcome.created);
  const auto entry = must(tree::find_entry(shop.repository().nodes(), outcome.commit.tree, "a"));
  CHECK(entry->mtime == base::unix_nanos(1'600'000'000'123'456'789));
  CHECK_FALSE(shop.snap_manually().created);
}

TEST_CASE("snapshotter: a message always makes a commit, with the tree as it is") {
  Workshop shop;
  shop.save("a", "1");
  const auto before = shop.snap();
  for (const char* message : {"before the rewrite", "and again"}) {
    const auto marked = must(shop.try_snap({}, object::CommitKind::manual, message));
    REQUIRE(marked.created);
    CHECK(marked.commit.message == message);
    CHECK(marked.commit.kind == object::CommitKind::manual);
    CHECK(marked.commit.tree == before.commit.tree);
    CHECK(marked.commit.changed == object::ChangeCounts{});
  }
  CHECK(shop.repository().head() != before.id);
  REQUIRE(shop.reopen());
  CHECK(shop.tree()["a"] == "1");
  CHECK_FALSE(shop.snap_manually().created);
}

TEST_CASE("snapshotter: a restored mtime does not hide a change of the same length") {
  Workshop shop;
  shop.save("a", "before");
  touch(shop.at("a"), 1'600'000'000);
  shop.snap();
  shop.save("a", "after!");
  touch(shop.at("a"), 1'600'000'000);
  CHECK(shop.snap().created);
  CHECK(shop.tree()["a"] == "after!");
}

TEST_CASE("snapshotter: a racy entry is looked at again") {
  Workshop shop;
  // The clock stands before the file's times: the save could have happened within the same tick.
  shop.clock().set_now({});
  shop.save("a", "one");
  shop.snap();
  const auto entry = shop.repository().index().find("a");
  REQUIRE(entry);
  CHECK(entry->recheck);
}

TEST_CASE("snapshotter: large files are cut, stored once and read back") {
  Workshop shop;
  const std::string large = noise(7, 3 << 20);
  shop.save("large", large);
  shop.snap();
  CHECK((shop.tree()["large"] == large));
  const auto before = shop.repository().store().stats();
  shop.save("copy", large);
  shop.save("shifted", "x" + large);
  shop.snap();
  const auto after = shop.repository().store().stats();
  CHECK((shop.tree()["shifted"] == "x" + large));
  CHECK(after.bytes_raw - before.bytes_raw < large.size() / 10);
}

TEST_CASE("snapshotter: one worker and many give the same tree") {
  object::ObjectId trees[2];
  for (int round = 0; round < 2; ++round) {
    Workshop shop(nullptr, round == 0 ? 1 : 4);
    for (int i = 0; i < 300; ++i) {
      const std::string path = "f" + std::to_string(i % 7) + "/g" + std::to_string(i);
      shop.save(path, noise(static_cast<std::uint64_t>(i), static_cast<std::size_t>(i * 311)));
      touch(shop.at(path), 1'500'000'000 + i);
    }
    for (int i = 0; i < 7; ++i) touch(shop.at("f" + std::to_string(i)), 1'500'000'000);
    trees[round] = shop.snap().commit.tree;
  }
  CHECK(trees[0] == trees[1]);
}

TEST_CASE(
    "snapshotter: an ignored path leaves the next commit and comes back "
    "when it is wanted again") {
  Workshop shop;
  shop.save("keep", "1");
  shop.save("build/out", "2");
  shop.snap();
  shop.save(".vcsignore", "build/\n");
  shop.snap({".vcsignore"});
  CHECK(shop.tree().count("build/out") == 0);
  CHECK(shop.tree().count("build") == 0);
  CHECK(shop.tree().count("keep") == 1);
  shop.remove(".vcsignore");
  shop.snap({".vcsignore"});
  CHECK(shop.tree() == shop.disk());
}

TEST_CASE(
    "snapshotter: a write through one name of a file is kept under all "
    "its names") {
  Workshop shop;
  shop.save("z/first", "one");
  shop.save("plain", "plain");
  std::filesystem::create_hard_link(shop.at("z/first"), shop.at("a"));
  shop.make_folder("m");
  std::filesystem::create_hard_link(shop.at("z/first"), shop.at("m/n"));
  shop.snap();
  shop.save("m/n", "two, longer");
  auto outcome = shop.snap({"m/n"});
  CHECK(outcome.commit.changed == counts(0, 3, 0));
  CHECK(shop.tree() == shop.disk());
  // Writes the old content through another name.
  shop.save("a", "one");
  shop.snap({"a"});
  CHECK(shop.tree() == shop.disk());

  // A name that is now another file keeps its saved content until it is marked itself.
  std::filesystem::rename(shop.at("plain"), shop.at("z/first"));
  shop.save("a", "three");
  shop.snap({"a"});
  CHECK(shop.tree().at("a") == "three");
  CHECK(shop.tree().at("m/n") == "three");
  CHECK(shop.tree().at("z/first") == "one");
  shop.snap({"plain", "z/first"});
  CHECK(shop.tree() == shop.disk());
  CHECK_FALSE(shop.snap().created);
}

TEST_CASE("snapshotter: a name that cannot be seen just then is looked at again") {
  const auto real = base::make_posix_filesystem();
  bool struck = true;
  for (std::uint64_t nth = 1; struck; ++nth) {
    CAPTURE(nth);
    test::FaultFileSystem faults(*real);
    Workshop shop(nullptr, 1, &faults);
    shop.save("a", "one");
    std::filesystem::create_hard_link(shop.at("a"), shop.at("b"));
    shop.snap();
    shop.save("a", "two, longer");
    faults.set_fault({.nth = nth, .only = test::CallKind::look});
    const auto outcome = shop.try_snap({{"a", false}}, object::CommitKind::automatic);
    struck = faults.failures() > 0;
    faults.clear_fault();
    std::vector<worktree::Mark> again;
    if (outcome) again = outcome->retry;
    for (const auto& problem : outcome ? outcome->problems : std::vector<worktree::Problem>())
      again.push_back({problem.path, false});
    if (!outcome) again.push_back({"a", false});
    if (!again.empty()) (void)must(shop.try_snap(again, object::CommitKind::automatic));
    REQUIRE(shop.tree() == shop.disk());
  }
}

TEST_CASE(
    "snapshotter: a file that changes between two of its names is looked "
    "at again") {
  object::TreeEntry entry;
  base::FileStat stat;
  stat.type = base::FileType::regular;
  stat.links = 2;
  stat.inode = 7;
  stat.ctime = base::unix_nanos(1);
  snapshot::SharedFiles files;
  files.captured("a", stat, entry);
  files.captured("b", stat, entry);
  CHECK(files.names_apart().empty());
  SECTION("its time tells") {
    stat.ctime = base::unix_nanos(2);
  }
  SECTION("its mode tells") {
    entry.mode = 0755;
  }
  SECTION("its content tells") {
    entry.content.id = object::hash_bytes(base::as_bytes("other"));
  }
  files.captured("c", stat, entry);
  CHECK(files.names_apart() == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE(
    "snapshotter: a file that has come to rest is at rest under all its "
    "names") {
  Workshop shop;
  shop.save("by this", "whole");
  std::filesystem::create_hard_link(shop.at("by this"), shop.at("by that"));
  shop.snap();
  const int writer = open(shop.at("by this").c_str(), O_WRONLY | O_APPEND);
  REQUIRE(write(writer, ", and more", 10) == 10);
  auto outcome = shop.snap_manually();
  CHECK(outcome.commit.unstable == 2);
  close(writer);
  outcome = shop.snap({"by this"});
  CHECK(outcome.created);
  CHECK(outcome.commit.unstable == 0);
  for (const char* name : {"by this", "by that"})
    CHECK_FALSE(
        must(tree::find_entry(shop.repository().nodes(), outcome.commit.tree, name))->unstable);
  CHECK_FALSE(shop.snap().created);
}

TEST_CASE(
    "snapshotter: a name that was written and removed at once tells of "
    "the other names") {
  Workshop shop;
  shop.save("a", "one");
  shop.save("m/b", "two");
  std::filesystem::create_hard_link(shop.at("a"), shop.at("a2"));
  std::filesystem::create_hard_link(shop.at("m/b"), shop.at("b2"));
  shop.snap();
  shop.save("a2", "written, longer");
  shop.remove("a2");
  CHECK(shop.snap({"a2"}).commit.changed == counts(0, 1, 1));
  CHECK(shop.tree() == shop.disk());
  // A removed folder with such a name leads to the other names, too.
  shop.save("m/b", "written, longer, too");
  shop.remove("m");
  shop.snap({"m"});
  CHECK(shop.tree() == shop.disk());
}

// The index is as after an update that failed on a full disk.
TEST_CASE(
    "snapshotter: all names of a file are found after the index has "
    "lagged behind") {
  const bool fails_first = GENERATE(false, true);
  const auto real = base::make_posix_filesystem();
  test::FaultFileSystem faults(*real);
  Workshop shop(&faults);
  shop.save("one", "1");
  std::filesystem::create_hard_link(shop.at("one"), shop.at("two"));
  const auto before = shop.snap();
  shop.save("one", "22");
  shop.snap();
  must(shop.repository().index().apply({}, before.id));
  shop.save("one", "333");
  if (fails_first) {
    faults.set_fault({.nth = 1, .only = test::CallKind::sync_file});
    REQUIRE_FALSE(shop.try_snap({{"one", false}}, object::CommitKind::automatic));
    faults.clear_fault();
  }
  shop.snap({"one"});
  CHECK(shop.tree() == shop.disk());
}

TEST_CASE("snapshotter: a mode that was changed under one name is kept under all") {
  Workshop shop;
  shop.save("a", "one");
  std::filesystem::create_hard_link(shop.at("a"), shop.at("b"));
  shop.snap();
  REQUIRE(chmod(shop.at("b").c_str(), 0755) == 0);
  CHECK(shop.snap({"b"}).commit.changed == counts(0, 2, 0));
}

TEST_CASE("snapshotter: special files are counted and skipped") {
  Workshop shop;
  REQUIRE(mkfifo(shop.at("pipe").c_str(), 0600) == 0);
  shop.save("file", "x");
  const auto outcome = shop.snap();
  CHECK(outcome.special == std::vector<std::string>{"pipe"});
  CHECK(shop.tree() == std::map<std::string, std::string>{{"file", "x"}});
}

TEST_CASE(
    "snapshotter: a file that is being written waits, a manual commit "
    "takes it as unstable") {
  Workshop shop;
  shop.save("rest", "1");
  shop.snap();
  const int writer = open(shop.at("moving").c_str(), O_CREAT | O_WRONLY, 0600);
  REQUIRE(write(writer, "half", 4) == 4);
  auto outcome = shop.snap();
  CHECK_FALSE(outcome.created);
  REQUIRE(outcome.restless.size() == 1);
  CHECK(outcome.restless[0].path == "moving");
  CHECK(outcome.restless[0].after == std::chrono::seconds(60));

  SECTION("it never rests: captured at intervals") {
    shop.clock().advance(std::chrono::seconds(61));
    outcome = shop.snap();
    CHECK(outcome.created);
    CHECK(outcome.commit.unstable == 1);
    CHECK(
        must(tree::find_entry(shop.repository().nodes(), outcome.commit.tree, "moving"))->unstable);
  }
  SECTION("a person asks for it") {
    outcome = shop.snap_manually();
    CHECK(outcome.commit.unstable == 1);
  }
  SECTION("somebody waits for what is on disk") {
    outcome = shop.snap_with_restless();
    CHECK(outcome.commit.kind == object::CommitKind::automatic);
    CHECK(outcome.commit.unstable == 1);
    CHECK(outcome.restless.empty());
    CHECK(shop.tree()["moving"] == "half");
  }
  SECTION(
      "what was captured turns out to be all, and is known to be good from "
      "then on") {
    shop.snap_manually();
    close(writer);
    outcome = shop.snap();
    CHECK(outcome.created);
    CHECK(outcome.commit.unstable == 0);
    CHECK_FALSE(
        must(tree::find_entry(shop.repository().nodes(), outcome.commit.tree, "moving"))->unstable);
    CHECK_FALSE(shop.snap().created);
    return;
  }
  SECTION("the same, after its mtime alone was put off while it was written") {
    shop.snap_manually();
    touch(shop.at("moving"), 1'600'000'000);
    shop.clock().advance(std::chrono::seconds(61));
    CHECK_FALSE(shop.snap().created);
    close(writer);
    outcome = shop.snap();
    CHECK(outcome.created);
    CHECK_FALSE(
        must(tree::find_entry(shop.repository().nodes(), outcome.commit.tree, "moving"))->unstable);
    CHECK_FALSE(shop.snap().created);
    return;
  }
  SECTION("the writer is done") {
    close(writer);
    outcome = shop.snap();
    CHECK(outcome.created);
    CHECK(outcome.commit.unstable == 0);
    CHECK(shop.tree()["moving"] == "half");
    return;
  }
  close(writer);
}

TEST_CASE("snapshotter: changes while the agent was away are found after reopening") {
  Workshop shop;
  shop.save("a", "1");
  shop.save("b", "2");
  shop.snap();
  must(shop.reopen());
  shop.remove("b");
  shop.save("a", "changed");
  shop.save("c", "3");
  shop.snap();
  CHECK(shop.tree() == shop.disk());
}

TEST_CASE("snapshotter: a lost index costs a rescan and never leaves a ghost") {
  Workshop shop;
  shop.save("stays", "1");
  shop.save("goes", "2");
  shop.snap();
  must(shop.repository().index().clear());
  shop.remove("goes");
  must(shop.reopen());
  const auto outcome = shop.snap();
  CHECK(shop.tree() == shop.disk());
  CHECK(outcome.commit.changed == counts(0, 0, 1));
}

TEST_CASE("snapshotter: an index that lags behind the head is caught up") {
  Workshop shop;
  shop.save("a", "1");
  const auto first = shop.snap();
  shop.save("b", "2");
  shop.snap();
  // As after a power cut: the last changes to the index are gone, the commit is not.
  must(shop.repository().index().apply({{"b", std::nullopt}}, first.id));
  shop.remove("b");
  must(shop.reopen());
  shop.snap();
  CHECK(shop.tree() == shop.disk());
}

TEST_CASE(
    "snapshotter: every write that fails leaves the head and the next "
    "snapshot right") {
  const auto real = base::make_posix_filesystem();
  test::FaultFileSystem faults(*real);
  Workshop shop(&faults);
  shop.save("base", "content");
  shop.snap();
  std::uint64_t survived = 0;
  for (std::uint64_t nth = 1; nth < 200; ++nth) {
    shop.save("file", noise(nth, 50'000));
    const auto head_before = shop.repository().head();
    faults.set_fault({nth, nth % 2 == 0 ? ENOSPC : EIO, true, nth % 3 == 0});
    const auto outcome = shop.try_snap({{"", true}}, object::CommitKind::automatic);
    const bool struck = faults.failures() > 0;
    faults.clear_fault();
    if (!outcome) CHECK(shop.repository().head() == head_before);
    shop.snap();
    CHECK(shop.tree() == shop.disk());
    must(shop.reopen());
    CHECK(shop.tree() == shop.disk());
    if (!struck && ++survived == 3) break;
  }
  CHECK(survived == 3);
}

TEST_CASE("snapshotter: random work on a folder always ends in the commit") {
  const std::uint64_t seed = test::test_seed();
  CAPTURE(seed);
  test::SeededRandom random(seed);
  Workshop shop;
  const auto some_path = [&] {
    std::string path = "d" + std::to_string(random.below(4));
    for (std::uint64_t depth = random.below(3); depth > 0; --depth)
      path += "/d" + std::to_string(random.below(3));
    return path;
  };
  for (int round = 0; round < 60; ++round) {
    std::vector<std::string> touched;
    for (std::uint64_t step = random.below(8); step > 0; --step) {
      const std::string path = some_path() + "/f" + std::to_string(random.below(5));
      std::error_code ignored;
      switch (random.below(5)) {
        case 0:
          shop.remove(some_path());
          break;
        case 1: {
          const std::string from = some_path(), to = some_path() + "/moved";
          std::filesystem::rename(shop.at(from), shop.at(to), ignored);
          break;
        }
        case 2:
          shop.remove(path);
          break;
        default:
          std::filesystem::create_directories(std::filesystem::path(shop.at(path)).parent_path(),
                                              ignored);
          if (!std::filesystem::is_directory(shop.at(path)) && !ignored)
            test::write_file(shop.at(path), noise(random.next(), random.below(30'000)));
      }
    }
    shop.snap();
    REQUIRE((shop.tree() == shop.disk()));
    if (random.one_in(10)) must(shop.reopen());
  }
}

}  // namespace
