// SPDX-License-Identifier: Apache-2.0
// The agent opens a repository by itself once the fault that prevented it is gone.
#include <catch2/catch.hpp>

#include "agent/agent.hpp"
#include "agent/repository/watched_repository.hpp"
#include "core/base/thread_pool.hpp"
#include "ipc/messages/states.hpp"
#include "ipc/messages/status.hpp"
#include "tests/support/fault_filesystem.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/manual_loop.hpp"
#include "tests/support/must.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/unwatched_world.hpp"

namespace vcs::agent {
namespace {

// One agent's life; a home outlives it.
struct Life {
  Life(base::FileSystem& files, const std::string& home)
      : paths(test::must(config::resolve_paths({}, home, "/"))), filesystem(files) {
    test::must(agent.start());
  }
  void until(const std::function<bool()>& reached) {
    for (int turns = 0; turns < 10'000 && !reached(); ++turns) {
      loop.turn();
      if (!loop.work_once()) loop.advance(std::chrono::milliseconds(100));
    }
    REQUIRE(reached());
  }
  bool is_in(ipc::RepositoryState state) {
    const auto found = agent.repositories().find("work");
    return found != agent.repositories().end() && found->second->status().state == state;
  }

  config::Paths paths;
  base::FileSystem& filesystem;
  test::ManualClock clock;
  test::SeededRandom random{1};
  base::ThreadPool compute{1, "compute"};
  test::ManualLoop loop{clock};
  Agent agent{Agent::Parts{test::unwatched_world(loop, filesystem, clock, random, compute),
                           [this] { return config::load(paths, {}, filesystem); },
                           [](const config::Settings&) {}},
              paths, config::Loaded{}};
};

// A whole life in which the folder becomes the repository `work`.
void make_repository(base::FileSystem& files, const std::string& home, const std::string& folder) {
  Life life(files, home);
  bool made = false;
  life.agent.init(folder, "work", [&](const auto& result) { made = result.has_value(); });
  life.until([&] { return made && life.is_in(ipc::RepositoryState::watching); });
  REQUIRE(life.agent.repositories().at("work")->status().files == 1);
  REQUIRE(life.agent.repositories().at("work")->status().open);
}

}  // namespace

TEST_CASE("agent: nothing is said of a repository before it is open") {
  test::TemporaryFolder home, work;
  test::write_file(work / "file", "1");
  const auto posix = base::make_posix_filesystem();
  make_repository(*posix, home.path(), work.path());
  Life second(*posix, home.path());
  const ipc::RepositoryStatus status = second.agent.repositories().at("work")->status();
  CHECK(status.state == ipc::RepositoryState::opening);
  CHECK_FALSE(status.open);
  CHECK(status.head.empty());
  second.until([&] { return second.is_in(ipc::RepositoryState::watching); });
  CHECK(second.agent.repositories().at("work")->status().files == 1);
}

TEST_CASE("agent: a repository that cannot be opened now is opened when the fault has gone") {
  const int os_error = GENERATE(EIO, EMFILE, ENOSPC);
  test::TemporaryFolder home, work;
  test::write_file(work / "file", "1");
  const auto posix = base::make_posix_filesystem();
  make_repository(*posix, home.path(), work.path());
  test::FaultFileSystem faults(*posix);
  Life second(faults, home.path());
  faults.set_fault({.nth = 1, .os_error = os_error, .all_after = true, .any_kind = true});
  second.until([&] { return second.is_in(ipc::RepositoryState::error); });
  REQUIRE_FALSE(second.agent.repositories().at("work")->status().reason.empty());
  // The agent goes on trying while the fault lasts.
  const std::uint64_t failures = faults.failures();
  second.until([&] { return faults.failures() > failures + 3; });
  REQUIRE(second.is_in(ipc::RepositoryState::error));
  faults.clear_fault();
  test::write_file(work / "file 2", "2");
  second.until([&] {
    return second.is_in(ipc::RepositoryState::watching) &&
           second.agent.repositories().at("work")->status().files == 2;
  });
}

}  // namespace vcs::agent
