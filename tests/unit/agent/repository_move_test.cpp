// SPDX-License-Identifier: Apache-2.0
// Moves, renames, removes and restores a repository: whatever call fails, and whenever the agent
// dies, the history survives, and the next agent finds it.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "agent/agent.hpp"
#include "agent/repository/watched_repository.hpp"
#include "core/base/thread_pool.hpp"
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

namespace fs = std::filesystem;
using base::Result;
using test::must;

unsigned lives = 0;  // each has its own random numbers

// One agent's life; a home outlives it.
struct Life {
  Life(base::FileSystem& files, const std::string& home)
      : paths(must(config::resolve_paths({}, home, "/"))), filesystem(files) {
    must(agent.start());
    until([&] {
      for (const auto& [name, repository] : agent.repositories())
        if (repository->status().state == ipc::RepositoryState::opening) return false;
      return true;
    });
  }
  void until(const std::function<bool()>& reached) {
    for (int turns = 0; turns < 10'000 && !reached(); ++turns) {
      loop.turn();
      if (!loop.work_once()) loop.advance(std::chrono::milliseconds(100));
    }
    REQUIRE(reached());
  }
  // Calls `ask` and waits for the answer.
  template <typename T, typename Ask>
  Result<T> answer(Ask ask) {
    std::optional<Result<T>> answered;
    ask([&](Result<T> result) { answered = std::move(result); });
    until([&] { return answered.has_value(); });
    return std::move(*answered);
  }
  Agent::RepositoryPtr find(const std::string& name) {
    const auto found = agent.repositories().find(name);
    return found == agent.repositories().end() ? nullptr : found->second;
  }
  bool is_watching(const std::string& name) {
    const auto repository = find(name);
    return repository && repository->status().state == ipc::RepositoryState::watching;
  }
  Result<void> move(const std::string& folder) {
    return answer<Agent::Moved>([&](auto done) {
             agent.move(find("work"), {folder, false, false}, done);
           })
        .map([](const auto&) {});
  }
  Result<void> rename(const std::string& name) {
    return answer<void>([&](auto done) { agent.rename(find("work"), name, done); });
  }
  Result<void> remove(Agent::Removal removal) {
    return answer<agent::records::RemovedHistory>(
               [&](auto done) { agent.remove(find("work"), removal, done); })
        .map([](const auto&) {});
  }
  Result<void> take_back() {
    return answer<Agent::Moved>([&](auto done) { agent.take_back("work", "", {}, done); })
        .map([](const auto&) {});
  }

  config::Paths paths;
  base::FileSystem& filesystem;
  test::ManualClock clock;
  test::SeededRandom random{test::test_seed() + ++lives};
  base::ThreadPool compute{1, "compute"};
  test::ManualLoop loop{clock};
  Agent agent{Agent::Parts{test::unwatched_world(loop, filesystem, clock, random, compute),
                           [this] { return config::load(paths, {}, filesystem); },
                           [](const config::Settings&) {}},
              paths, config::Loaded{}};
};

// Two folders with the same files; the first one becomes the repository `work`.
struct Site {
  Site() {
    for (const std::string& each : {first, second}) {
      fs::create_directory(each);
      for (const char* name : {"/a", "/b"}) test::write_file(each + name, "1");
    }
    Life life(*posix, home.path());
    must(life.answer<Agent::Made>([&](auto done) { life.agent.init(first, "work", done); }));
    life.until([&] { return life.is_watching("work"); });
  }
  std::unique_ptr<base::FileSystem> posix = base::make_posix_filesystem();
  test::TemporaryFolder home, parent;
  std::string first = parent / "first", second = parent / "second";
};

// For each call that changes the disk: runs `act` in a new place, with an agent whose disk fails
// from that call on, as if it had been killed there; then runs `check` with the next agent.
template <typename Act, typename Check>
void die_at_every_step(
    Act act, Check check, const std::function<void(Site&)>& prepare = [](Site&) {}) {
  for (std::uint64_t n = 1;; ++n) {
    INFO("from call " << n << " on");
    REQUIRE(n < 300);
    Site site;
    prepare(site);
    test::FaultFileSystem faults(*site.posix);
    bool done = false;
    {
      Life dying(faults, site.home.path());
      if (dying.find("work")) dying.until([&] { return dying.is_watching("work"); });
      faults.set_fault({.nth = n, .all_after = true});
      done = act(dying, site).has_value();
    }
    Life next(*site.posix, site.home.path());
    check(next, site, done);
    if (faults.failures() == 0) {
      CHECK(done);
      return;
    }
  }
}

std::string worktree(Life& life, const std::string& name) {
  return life.find(name) ? life.find(name)->file().worktree : std::string();
}

void check_whole(Life& life, const std::string& name) {
  life.until([&] { return life.is_watching(name); });
  CHECK(life.find(name)->status().files == 2);
  CHECK(life.find(name)->status().commits == 1);
}

}  // namespace

TEST_CASE("repository move: whenever the agent dies, it is in one of the two folders") {
  die_at_every_step([](Life& life, Site& site) { return life.move(site.second); },
                    [](Life& life, Site& site, bool done) {
                      const std::string found = worktree(life, "work");
                      if (done) CHECK(found == site.second);
                      CHECK((found == site.first || found == site.second));
                      check_whole(life, "work");
                    });
}

TEST_CASE("repository move: whenever the agent dies, it has one of the two names") {
  die_at_every_step([](Life& life, Site&) { return life.rename("novel"); },
                    [](Life& life, Site& site, bool done) {
                      REQUIRE(life.agent.repositories().size() == 1);
                      const std::string name = life.agent.repositories().begin()->first;
                      if (done) CHECK(name == "novel");
                      CHECK((name == "novel" || name == "work"));
                      CHECK(worktree(life, name) == site.first);
                      check_whole(life, name);
                    });
}

TEST_CASE("repository move: whenever the agent dies, a removed one is watched or can be had back") {
  const auto removal = GENERATE(Agent::Removal::keeps, Agent::Removal::deletes_later);
  die_at_every_step([&](Life& life, Site&) { return life.remove(removal); },
                    [](Life& life, Site&, bool done) {
                      if (done) CHECK(life.agent.repositories().empty());
                      if (!life.find("work")) must(life.take_back());
                      check_whole(life, "work");
                    });
}

TEST_CASE(
    "repository move: whenever the agent dies, one that is deleted at once is whole or gone") {
  die_at_every_step([&](Life& life, Site&) { return life.remove(Agent::Removal::deletes_now); },
                    [](Life& life, Site& site, bool) {
                      if (!life.find("work") && !life.take_back()) {
                        life.until([&] { return fs::is_empty(site.home / "repositories"); });
                        return;
                      }
                      check_whole(life, "work");
                    });
}

TEST_CASE("repository move: whenever the agent dies, one that comes back is there or can be had") {
  const auto removal = GENERATE(Agent::Removal::keeps, Agent::Removal::deletes_later);
  const auto remove_it = [&](Site& site) {
    Life before(*site.posix, site.home.path());
    must(before.remove(removal));
  };
  die_at_every_step([](Life& life, Site&) { return life.take_back(); },
                    [](Life& life, Site&, bool) {
                      if (!life.find("work")) must(life.take_back());
                      check_whole(life, "work");
                    },
                    remove_it);
}

TEST_CASE("repository move: where it cannot be written down, it is watched where it was") {
  Site site;
  test::FaultFileSystem faults(*site.posix);
  Life life(faults, site.home.path());
  life.until([&] { return life.is_watching("work"); });
  test::write_file(site.first + "/c", "1");
  faults.set_fault({.nth = 1, .all_after = true, .only = test::CallKind::rename});
  CHECK_FALSE(life.move(site.second));
  CHECK_FALSE(life.rename("novel"));
  faults.clear_fault();
  CHECK(worktree(life, "work") == site.first);
  life.until([&] { return life.is_watching("work") && life.find("work")->status().files == 3; });
  must(life.move(site.second));
  life.until([&] { return life.is_watching("work") && life.find("work")->status().files == 2; });
  must(life.rename("novel"));
}

TEST_CASE("repository move: two at once, or a removal meanwhile, leave one that is whole") {
  Site site;
  Life life(*site.posix, site.home.path());
  life.until([&] { return life.is_watching("work"); });
  std::vector<bool> answers;
  const auto note = [&](const auto& result) { answers.push_back(result.has_value()); };
  SECTION("two moves") {
    life.agent.move(life.find("work"), {site.second, false, false}, note);
    life.agent.move(life.find("work"), {site.second, false, false}, note);
    life.until([&] { return answers.size() == 2; });
    CHECK(std::count(answers.begin(), answers.end(), true) == 1);
    CHECK(worktree(life, "work") == site.second);
    check_whole(life, "work");
  }
  SECTION("a move and a rename") {
    life.agent.move(life.find("work"), {site.second, false, false}, note);
    life.agent.rename(life.find("work"), "novel", note);
    life.until([&] { return answers.size() == 2; });
    REQUIRE(life.agent.repositories().size() == 1);
    check_whole(life, life.agent.repositories().begin()->first);
  }
  SECTION("a move and a removal") {
    const auto turns = GENERATE(range(0, 12));
    life.agent.move(life.find("work"), {site.second, false, false}, note);
    for (int i = 0; i < turns; ++i) {
      life.loop.turn();
      life.loop.work_once();
    }
    life.agent.remove(life.find("work"), Agent::Removal::keeps, note);
    life.until([&] { return answers.size() == 2; });
    CHECK(life.agent.repositories().empty());
    must(life.take_back());
    check_whole(life, "work");
  }
}

TEST_CASE(
    "repository move: what is deleted for good goes at the next start, whatever the time is") {
  Site site;
  { Life life(*site.posix, site.home.path()); }
  const auto directory = must(site.posix->open_directory(site.home / "repositories"));
  const std::string data = must(base::list_sorted(*directory)).front().name;
  must(agent::records::doom(*directory, data));
  CHECK(agent::records::list_removed(*directory).empty());
  Life life(*site.posix, site.home.path());
  life.until([&] { return fs::is_empty(site.home / "repositories"); });
}

}  // namespace vcs::agent
