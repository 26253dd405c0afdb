// SPDX-License-Identifier: Apache-2.0
// Tests of agent/watch/inotify_intake.
#ifdef __linux__
#include "agent/watch/inotify_intake.hpp"

#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>

#include "tests/support/must.hpp"
#include "tests/support/own_inotify.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_rounds.hpp"

using namespace vcs;
using agent::watch::Change;
using agent::watch::InotifyEvent;
using agent::watch::WatchTree;
namespace fs = std::filesystem;

namespace {

// Real watches, with events that the test makes: only take_some() reads the kernel's own.
struct Stage {
  Stage() {
    fs::create_directories(folder / "root/a/b");
    fs::create_directories(folder / "root/c");
    agent::watch::WatchSink sink;
    sink.changes = [this](std::vector<Change> batch) {
      for (Change& change : batch)
        lines.push_back(change.path + (change.recursive ? " +" : "") +
                        (change.deleted ? " -" : "") + (change.closed ? " ." : ""));
    };
    sink.proven = [this](agent::watch::ProofToken token) {
      lines.push_back("proven " + std::to_string(token));
    };
    sink.root = [this](agent::watch::RootEvent) { lines.push_back("root"); };
    test::must(watches.start(folder / "root", {}));
    mounts.emplace(folder / "root");
    intake.emplace(watches, *mounts, sink, base::Log());
  }

  int at(const std::string& path) { return watches.tree().deepest(path).descriptor; }
  // Feeds the kernel's own events, as many as fit in `most` bytes. False: there are none.
  bool take_some(std::size_t most) {
    std::string some(most, '\0');
    const ssize_t size = read(inotify.get(), some.data(), some.size());
    if (size <= 0) return false;
    some.resize(static_cast<std::size_t>(size));
    intake->feed(some);
    return true;
  }
  // Each folder has a node with the kernel's watch for it, and no other node has a watch.
  void check_watches() {
    const std::string root = folder / "root";
    std::uint64_t folders = 1;  // the root
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
      const std::string path = fs::relative(entry.path(), root).string();
      INFO(path);
      CHECK(WatchTree::path_of(watches.tree().deepest(path)) == path);
      CHECK(at(path) ==
            inotify_add_watch(inotify.get(), entry.path().c_str(), IN_MASK_ADD | IN_MODIFY));
      ++folders;
    }
    CHECK(watches.tree().descriptors().size() == folders);
  }
  Stage& event(int descriptor, std::uint32_t mask, const std::string& name = "",
               std::uint32_t cookie = 0) {
    agent::watch::append_event(bytes, {descriptor, mask, cookie, name});
    return *this;
  }
  std::vector<std::string> told() {
    intake->feed(std::exchange(bytes, {}));
    return std::exchange(lines, {});
  }

  test::TemporaryFolder folder;
  test::OwnInotify inotify;
  agent::watch::InotifyWatches watches{inotify};
  std::optional<agent::watch::MountTable> mounts;
  std::optional<agent::watch::InotifyIntake> intake;
  std::vector<std::string> lines;
  std::string bytes;
};

using Lines = std::vector<std::string>;

void exchange(const std::string& one, const std::string& other) {
  (void)renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE);
}

}  // namespace

TEST_CASE("inotify intake: events on one path in a row are one change") {
  Stage stage;
  stage.event(stage.at("a"), IN_CREATE, "f").event(stage.at("a"), IN_MODIFY, "f");
  stage.event(stage.at("a"), IN_CLOSE_WRITE, "f").event(stage.at("c"), IN_MODIFY, "f");
  stage.event(stage.at("a"), IN_DELETE, "f").event(stage.at("a"), IN_CREATE, "f");
  CHECK(stage.told() == Lines{"a/f .", "c/f", "a/f"});
}

TEST_CASE("inotify intake: a proof comes after what was fed before it") {
  Stage stage;
  stage.event(stage.at("a"), IN_MODIFY, "f");
  stage.intake->feed(std::exchange(stage.bytes, {}));
  stage.intake->proven(7);
  stage.event(stage.at("a"), IN_MODIFY, "f");
  CHECK(stage.told() == Lines{"a/f", "proven 7", "a/f"});
}

TEST_CASE("inotify intake: lost events mark everything, and missing watches are added") {
  Stage stage;
  fs::create_directories(stage.folder / "root/c/new/deep");
  fs::remove_all(stage.folder / "root/a");
  stage.event(stage.at("c"), IN_MODIFY, "f").event(-1, IN_Q_OVERFLOW);
  CHECK(stage.told() == Lines{"c/f", " +"});
  CHECK(stage.intake->lost_events() == 1);
  CHECK(WatchTree::path_of(stage.watches.tree().deepest("c/new/deep")) == "c/new/deep");
  CHECK(WatchTree::path_of(stage.watches.tree().deepest("a/b")).empty());
  stage.event(stage.at("c/new/deep"), IN_MODIFY, "f");
  CHECK(stage.told() == Lines{"c/new/deep/f"});
}

TEST_CASE("inotify intake: lost events may have told that the root is gone") {
  Stage stage;
  fs::remove_all(stage.folder / "root");
  CHECK(stage.event(-1, IN_Q_OVERFLOW).told() == Lines{"root"});
}

TEST_CASE("inotify intake: an unknown descriptor marks everything") {
  Stage stage;
  CHECK(stage.event(987'654, IN_MODIFY, "f").told() == Lines{" +"});
  CHECK(stage.event(987'654, IN_IGNORED).told().empty());
}

TEST_CASE("inotify intake: the halves of a rename may be far apart") {
  Stage stage;
  const int b = stage.at("a/b");
  fs::rename(stage.folder / "root/a/b", stage.folder / "root/c/d");
  SECTION("with others between them") {
    stage.event(stage.at("a"), IN_MOVED_FROM | IN_ISDIR, "b", 7);
    stage.event(b, IN_MODIFY, "unsaid").event(stage.at("c"), IN_MODIFY, "f");
    stage.event(stage.at("c"), IN_MOVED_TO | IN_ISDIR, "d", 7);
    CHECK(stage.told() == Lines{"a/b + -", "c/f", "c/d +"});
    CHECK(stage.at("c/d") == b);
  }
  SECTION("in the next read") {
    stage.event(stage.at("a"), IN_MOVED_FROM | IN_ISDIR, "b", 7);
    CHECK(stage.told() == Lines{"a/b + -"});
    CHECK(stage.intake->holds_moves());
    stage.event(stage.at("c"), IN_MOVED_TO | IN_ISDIR, "d", 7);
    CHECK(stage.told() == Lines{"c/d +"});
    CHECK(stage.at("c/d") == b);
    CHECK_FALSE(stage.intake->holds_moves());
  }
  SECTION("too late: it is watched as a new folder") {
    stage.event(stage.at("a"), IN_MOVED_FROM | IN_ISDIR, "b", 7);
    (void)stage.told();
    stage.intake->forget_moves();
    CHECK(stage.watches.is_leaving(b));
    CHECK(stage.event(b, IN_MODIFY, "f").event(b, IN_IGNORED).told().empty());
    stage.event(stage.at("c"), IN_MOVED_TO | IN_ISDIR, "d", 7);
    CHECK(stage.told() == Lines{"c/d +"});
    CHECK(stage.at("c/d") != b);
    CHECK(stage.event(stage.at("c/d"), IN_MODIFY, "f").told() == Lines{"c/d/f"});
  }
}

TEST_CASE("inotify intake: a walk may be ahead of the rename that it sees") {
  Stage stage;
  const int b = stage.at("a/b");
  fs::rename(stage.folder / "root/a/b", stage.folder / "root/c/d");
  stage.intake->refresh("c");
  CHECK(stage.at("c/d") == b);
  stage.lines.clear();
  stage.event(stage.at("a"), IN_MOVED_FROM | IN_ISDIR, "b", 7);
  stage.event(stage.at("c"), IN_MOVED_TO | IN_ISDIR, "d", 7);
  CHECK(stage.told() == Lines{"a/b + -", "c/d +"});
  CHECK(stage.event(stage.at("c/d"), IN_MODIFY, "f").told() == Lines{"c/d/f"});
}

TEST_CASE("inotify intake: a walk may be ahead of what took the place of a moved folder") {
  Stage stage;
  fs::create_directories(stage.folder / "root/a/b/below");
  stage.intake->refresh("a");
  fs::rename(stage.folder / "root/a/b", stage.folder / "root/c/d");
  fs::create_directories(stage.folder / "root/a/b/below");
  // The node of "a/b" stands for the new folder already when the event of the move comes.
  stage.intake->refresh("a");
  stage.event(stage.at("a"), IN_MOVED_FROM | IN_ISDIR, "b", 7);
  SECTION("the way to where it moved is known") {
    stage.event(stage.at("c"), IN_MOVED_TO | IN_ISDIR, "d", 7);
    stage.event(stage.at("a"), IN_CREATE | IN_ISDIR, "b");
  }
  SECTION("the way to where it moved is out of date, too") {
    fs::rename(stage.folder / "root/c", stage.folder / "root/e");
    stage.event(stage.at("c"), IN_MOVED_TO | IN_ISDIR, "d", 7);
    stage.event(stage.at("a"), IN_CREATE | IN_ISDIR, "b");
    stage.event(stage.at(""), IN_MOVED_FROM | IN_ISDIR, "c", 8);
    stage.event(stage.at(""), IN_MOVED_TO | IN_ISDIR, "e", 8);
  }
  (void)stage.told();
  stage.check_watches();
}

TEST_CASE("inotify intake: two folders that change places in one step stay watched") {
  Stage stage;
  const std::string root = stage.folder / "root";
  fs::create_directories(root + "/a/b/below");
  fs::create_directories(root + "/c/below");
  stage.intake->refresh("");
  while (stage.take_some(64 * 1024)) continue;
  const std::string other = GENERATE("c", "c/below", "e");
  if (other == "e") fs::create_directories(root + "/e");
  if (other == "e") stage.intake->refresh("");
  const std::string one = GENERATE("a/b", "a/b/below", "a");
  CAPTURE(one, other);
  exchange(root + "/" + one, root + "/" + other);
  // Feeds each event by itself, or all at once.
  const std::size_t most = GENERATE(std::size_t{32}, std::size_t{64 * 1024});
  while (stage.take_some(most)) continue;
  stage.intake->forget_moves();
  stage.check_watches();
}

TEST_CASE("inotify intake: what a folder is said to be is told, also of one that tops a disk") {
  Stage stage;
  CHECK(stage.event(stage.at("a"), IN_ATTRIB).told() == Lines{"a"});
  CHECK(stage.event(stage.at("a"), IN_ATTRIB | IN_ISDIR, "b").told() == Lines{"a/b"});
  CHECK(stage.event(stage.at(""), IN_ATTRIB).told() == Lines{""});
}

TEST_CASE("inotify intake: a path that is out of date leads to no watch") {
  Stage stage;
  const int a = stage.at("a");
  // "a" is another folder by now, which has a "new" as well; its events are still unread.
  fs::create_directories(stage.folder / "root/a/new");
  fs::rename(stage.folder / "root/a", stage.folder / "root/moved");
  fs::create_directories(stage.folder / "root/a/new");
  stage.event(a, IN_CREATE | IN_ISDIR, "new");
  CHECK(stage.told() == Lines{"a/new +"});
  stage.event(stage.at(""), IN_MOVED_FROM | IN_ISDIR, "a", 7);
  stage.event(stage.at(""), IN_MOVED_TO | IN_ISDIR, "moved", 7);
  stage.event(stage.at(""), IN_CREATE | IN_ISDIR, "a");
  CHECK(stage.told() == Lines{"a + -", "moved +", "a +"});
  CHECK(stage.at("moved") == a);
  CHECK(stage.at("moved/new") != stage.at("a/new"));
  stage.event(stage.at("moved/new"), IN_MODIFY, "f").event(stage.at("a/new"), IN_MODIFY, "f");
  CHECK(stage.told() == Lines{"moved/new/f", "a/new/f"});
}

TEST_CASE("inotify intake: a watch that ends where a folder still is begins again") {
  Stage stage;
  const int b = stage.at("a/b");
  // Like an unmount: the kernel removes the watch.
  REQUIRE(inotify_rm_watch(stage.inotify.get(), b) == 0);
  stage.event(b, IN_UNMOUNT).event(b, IN_IGNORED);
  CHECK(stage.told() == Lines{"a/b +"});
  CHECK(stage.at("a/b") != b);
  CHECK(stage.event(stage.at("a/b"), IN_MODIFY, "f").told() == Lines{"a/b/f"});
}

TEST_CASE("inotify intake: events that are late by any time leave every folder watched") {
  const std::uint64_t seed = test::test_seed();
  CAPTURE(seed);
  test::SeededRandom random(seed);
  Stage stage;
  const std::string outside = stage.folder / "outside";
  fs::create_directories(outside);
  const auto any = [&] {
    std::string path = stage.folder / "root";
    for (std::uint64_t depth = 1 + random.below(3); depth > 0; --depth)
      path += "/" + std::to_string(random.below(3));
    return path;
  };
  const auto any_outside = [&] { return outside + "/" + std::to_string(random.below(3)); };
  std::error_code ignored;
  for (std::uint64_t step = 0; step < test::test_rounds(3000); ++step) {
    const std::uint64_t what = random.below(18);
    if (what < 6) fs::create_directories(any(), ignored);
    if (what >= 6 && what < 10) fs::rename(any(), any(), ignored);
    if (what == 10) fs::rename(any(), any_outside(), ignored);
    if (what == 11) fs::rename(any_outside(), any(), ignored);
    if (what == 12) fs::remove_all(any(), ignored);
    if (what == 13) stage.intake->forget_moves();
    if (what >= 16) exchange(any(), random.one_in(4) ? any_outside() : any());
    if (what == 14 || what == 15)
      stage.take_some(random.one_in(20) ? 64 * 1024 : 64 + random.below(1024));
    if (random.one_in(300)) stage.intake->refresh("");
  }
  while (stage.take_some(64 + random.below(1024))) continue;
  stage.intake->forget_moves();
  while (stage.take_some(1024)) continue;
  stage.check_watches();
}

TEST_CASE("inotify intake: any bytes and any order of events leave it whole") {
  const std::uint64_t seed = test::test_seed();
  CAPTURE(seed);
  test::SeededRandom random(seed);
  Stage stage;
  const std::uint32_t masks[] = {IN_CREATE,      IN_DELETE,     IN_MOVED_FROM, IN_MOVED_TO,
                                 IN_MODIFY,      IN_ATTRIB,     IN_IGNORED,    IN_UNMOUNT,
                                 IN_DELETE_SELF, IN_Q_OVERFLOW, IN_MOVE_SELF};
  const std::string names[] = {"", "a", "b", "c", "..", "no such"};
  for (int step = 0; step < 5000; ++step) {
    std::uint32_t mask = masks[random.below(std::size(masks))];
    if (random.one_in(2)) mask |= IN_ISDIR;
    stage.event(static_cast<int>(random.below(30)) - 1, mask, names[random.below(std::size(names))],
                static_cast<std::uint32_t>(random.below(3)));
    if (random.one_in(50)) stage.bytes.resize(random.below(stage.bytes.size() + 1));
    if (random.one_in(4)) (void)stage.told();
  }
  (void)stage.told();
  stage.intake->forget_moves();
  // After lost events the intake walks the whole tree again, as at the start.
  (void)stage.event(-1, IN_Q_OVERFLOW).told();
  for (const std::string path : {"", "a", "a/b", "c"}) {
    CHECK(WatchTree::path_of(stage.watches.tree().deepest(path)) == path);
    CHECK(stage.at(path) != WatchTree::kNoDescriptor);
  }
}

#endif
