// SPDX-License-Identifier: Apache-2.0
// Tests of agent/repository/description.
#include "agent/repository/description.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/intercepted_filesystem.hpp"
#include "tests/support/part_stage.hpp"

using namespace vcs;
using agent::repository::Description;
using base::Result;
using std::chrono::seconds;

namespace {

config::RepositoryFile file_named(const std::string& name) {
  config::RepositoryFile file;
  file.id = "0123456789abcdef0123456789abcdef";
  file.name = name;
  file.worktree = "/work";
  return file;
}

// A disk that is full when the test says so.
class FullDisk final : public test::Interceptor {
 public:
  Result<void> before(test::Call& call) override {
    if (full && call.kind == test::CallKind::create)
      return base::fail(base::ErrorCode::no_space, "the disk is full");
    return {};
  }
  void after(test::Call&, bool) override {}
  bool full = false;
};

struct Stage {
  Stage() { description.opened(parts.open()); }
  std::string name_on_disk() {
    return test::must(config::read_repository_file(*parts.open())).name;
  }
  Description::Done answer() {
    return [this](const Result<void>& saved) { saved ? ++saves : ++failures; };
  }

  FullDisk disk;
  std::unique_ptr<base::FileSystem> posix = base::make_posix_filesystem();
  test::InterceptedFileSystem filesystem{*posix, disk};
  test::PartStage parts{&filesystem};
  Description description{parts.agent, parts.errands, file_named("first"), parts.data};
  int saves = 0, failures = 0;
};

}  // namespace

TEST_CASE("description: whoever saves while it is being written is served by one more writing") {
  Stage stage;
  stage.description.save(stage.answer());
  stage.description.edit().name = "second";
  stage.description.save(stage.answer());
  stage.description.edit().name = "third";
  stage.description.save(stage.answer());
  CHECK(stage.parts.loop.in_background() == 1);
  REQUIRE(stage.parts.loop.work_once());
  CHECK(stage.saves == 1);
  CHECK(stage.name_on_disk() == "first");
  REQUIRE(stage.parts.loop.work_once());
  CHECK(stage.saves == 3);
  CHECK(stage.name_on_disk() == "third");
  CHECK_FALSE(stage.parts.loop.work_once());
}

TEST_CASE("description: after a failure what the callers put back is written again") {
  Stage stage;
  stage.description.save(stage.answer());
  stage.parts.work_all();
  stage.disk.full = true;
  stage.description.edit().name = "second";
  stage.description.save([&](const Result<void>& saved) {
    CHECK_FALSE(saved);
    stage.description.edit().name = "first";
  });
  stage.parts.work_all();
  stage.disk.full = false;
  std::filesystem::remove(stage.parts.folder / "repository.toml");
  stage.parts.pass(seconds(10));
  CHECK(stage.name_on_disk() == "first");

  SECTION("but not by one that is closed") {
    stage.disk.full = true;
    stage.description.save(stage.answer());
    stage.parts.work_all();
    CHECK(stage.failures == 1);
    stage.description.stop();
    CHECK(stage.parts.loop.timers() == 0);
  }
}

TEST_CASE("description: the folder's identity is written once") {
  Stage stage;
  const config::RootIdentity identity{1, 2, base::unix_nanos(3)};
  stage.description.remember_root(identity);
  stage.parts.work_all();
  CHECK(test::must(config::read_repository_file(*stage.parts.open())).root == identity);
  stage.description.remember_root(identity);
  CHECK(stage.parts.errands.is_idle());
}
