// SPDX-License-Identifier: Apache-2.0
// Tests of agent/schedule/sync_point.
#include "agent/schedule/sync_point.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/intercepted_filesystem.hpp"
#include "tests/support/manual_loop.hpp"
#include "tests/support/must.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace vcs;
using agent::schedule::SyncPoint;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

// The folder of cookies, which remembers the name of each that was made, as a watcher would.
class Cookies final : public test::Interceptor {
 public:
  base::Result<void> before(test::Call& call) override {
    if (call.kind == test::CallKind::create && refuse)
      return base::fail(base::ErrorCode::no_space, "full");
    return {};
  }
  void after(test::Call& call, bool succeeded) override {
    if (call.kind == test::CallKind::create && succeeded)
      made.push_back(std::filesystem::path(call.path).filename());
  }
  bool refuse = false;
  std::vector<std::string> made;
};

struct Stage {
  SyncPoint::Done answer(const std::string& name) {
    return [this, name](bool proven) { answers.push_back(name + (proven ? " proven" : " open")); };
  }

  void work() {
    while (loop.work_once()) continue;
  }
  void wait(const std::string& name) {
    sync_point.wait(answer(name));
    work();
  }

  test::TemporaryFolder folder;
  std::unique_ptr<base::FileSystem> posix = base::make_posix_filesystem();
  Cookies cookies;
  test::InterceptedFileSystem filesystem{*posix, cookies};
  test::SeededRandom random{1};
  test::ManualClock clock;
  test::ManualLoop loop{clock};
  std::vector<std::string> answers;
  SyncPoint sync_point{loop, random, test::must(filesystem.open_directory(folder.path()))};
};

using Answers = std::vector<std::string>;

}  // namespace

TEST_CASE("sync point: the watcher's word is the proof") {
  Stage stage;
  stage.wait("a");
  REQUIRE(stage.cookies.made.size() == 1);
  CHECK(stage.answers.empty());
  // The file has done its work as soon as it was made.
  CHECK(std::filesystem::is_empty(stage.folder.path()));
  stage.sync_point.cookie_seen(stage.cookies.made[0]);
  CHECK(stage.answers == Answers{"a proven"});
  CHECK(stage.loop.timers() == 0);
  stage.sync_point.cookie_seen(stage.cookies.made[0]);
  stage.loop.advance(seconds(10));
  CHECK(stage.answers.size() == 1);
}

TEST_CASE("sync point: without a word in time there is no proof") {
  Stage stage;
  stage.wait("a");
  stage.loop.advance(milliseconds(999));
  CHECK(stage.answers.empty());
  stage.loop.advance(milliseconds(1));
  CHECK(stage.answers == Answers{"a open"});
  stage.sync_point.cookie_seen(stage.cookies.made[0]);
  CHECK(stage.answers.size() == 1);
}

TEST_CASE("sync point: each waits for a cookie of its own") {
  Stage stage;
  stage.wait("a");
  stage.wait("b");
  REQUIRE(stage.cookies.made.size() == 2);
  CHECK(stage.cookies.made[0] != stage.cookies.made[1]);
  stage.sync_point.cookie_seen(stage.cookies.made[1]);
  stage.sync_point.cookie_seen("somebody else's");
  CHECK(stage.answers == Answers{"b proven"});
  stage.loop.advance(seconds(1));
  CHECK(stage.answers == Answers{"b proven", "a open"});
}

TEST_CASE("sync point: a cookie that cannot be written proves nothing") {
  Stage stage;
  stage.cookies.refuse = true;
  stage.wait("a");
  CHECK(stage.answers == Answers{"a open"});
  CHECK(stage.loop.timers() == 0);
}

TEST_CASE("sync point: an answer may ask again") {
  Stage stage;
  stage.sync_point.wait([&](bool) { stage.sync_point.wait(stage.answer("again")); });
  stage.work();
  stage.sync_point.cookie_seen(stage.cookies.made[0]);
  stage.work();
  REQUIRE(stage.cookies.made.size() == 2);
  stage.sync_point.cookie_seen(stage.cookies.made[1]);
  CHECK(stage.answers == Answers{"again proven"});
}

TEST_CASE("sync point: no timer outlives it") {
  Stage stage;
  {
    SyncPoint other(stage.loop, stage.random,
                    test::must(stage.filesystem.open_directory(stage.folder.path())));
    other.wait(stage.answer("never"));
    CHECK(stage.loop.timers() == 1);
    stage.cookies.refuse = true;
  }
  CHECK(stage.loop.timers() == 0);
  // The disk answers when nobody waits any more.
  stage.work();
  CHECK(stage.answers.empty());
}
