// SPDX-License-Identifier: Apache-2.0
// A watched repository in simulated time, with a watcher that reports what the test chooses, and a
// disk that fails when the test says so.
#include <catch2/catch.hpp>
#include <cerrno>
#include <filesystem>
#include <fstream>

#include "agent/agent.hpp"
#include "agent/repository/watched_repository.hpp"
#include "agent/schedule/sync_scheduler.hpp"
#include "core/base/thread_pool.hpp"
#include "core/history/repository.hpp"
#include "core/snapshot/snapshot_types.hpp"
#include "ipc/messages/agent.hpp"
#include "ipc/messages/status.hpp"
#include "tests/support/intercepted_filesystem.hpp"
#include "tests/support/manual_loop.hpp"
#include "tests/support/mapped_memory.hpp"
#include "tests/support/must.hpp"
#include "tests/support/no_watcher.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/temporary_folder.hpp"

namespace vcs::agent::repository {
namespace {

using base::Result;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using test::CallKind;
using test::must;

// Far from all times of files, so that nothing is racy by accident.
constexpr base::UnixNanos kFarFuture = base::unix_nanos(4'000'000'000'000'000'000);

// A disk whose worktree answers EIO while it is broken.
class Disk final : public test::Interceptor {
 public:
  Result<void> before(test::Call& call) override {
    if (loses_names && call.kind == CallKind::sync_directory)
      return base::fail_errno(EIO, call.path);
    if (!call.path.starts_with(worktree)) return {};
    if (call.path == unreadable) return base::fail_errno(unreadable_for, call.path);
    if (lacking) return base::fail_errno(EMFILE, call.path);
    if (broken || (breaks && good_calls-- <= 0)) return base::fail_errno(EIO, call.path);
    return {};
  }
  void after(test::Call&, bool) override {}
  std::string worktree, unreadable;
  int unreadable_for = EIO;
  std::atomic<bool> lacking{false};      // no descriptors are left
  std::atomic<bool> loses_names{false};  // syncs of folders fail
  std::atomic<bool> broken{false};
  std::atomic<bool> breaks{false};  // after good_calls calls
  std::atomic<int> good_calls{0};
};

struct Telling {
  watch::WatchSink sink;
  watch::WatchUsage usage;
  std::vector<std::string> preferred;
  int started = 0, regains = 0;
  bool keeps_proofs = false;  // so that the test can report earlier changes first
  std::vector<watch::ProofToken> proofs;
  std::vector<std::string> refreshed;
};

class ToldWatcher final : public test::NoWatcher {
 public:
  explicit ToldWatcher(Telling& telling) : telling_(telling) {}
  Result<void> start(const std::string&, const std::string&, watch::WatchSink sink,
                     watch::FolderFilter) override {
    ++telling_.started;
    telling_.sink = std::move(sink);
    return {};
  }
  void ask_for_proof(watch::ProofToken token) override {
    telling_.keeps_proofs ? telling_.proofs.push_back(token) : telling_.sink.proven(token);
  }
  void refresh(const std::string& path) override { telling_.refreshed.push_back(path); }
  void regain() override { ++telling_.regains; }
  void prefer(std::vector<std::string> folders) override { telling_.preferred = folders; }
  watch::WatchUsage usage() const override { return telling_.usage; }

 private:
  Telling& telling_;
};

config::Loaded quick_audits() {
  config::Loaded loaded;
  loaded.settings.watch.audit_interval = minutes(10);
  return loaded;
}

struct Stage {
  Stage() {
    disk.worktree = work.path();
    test::write_file(at("first"), "1");
    must(agent.start());
    bool made = false;
    agent.init(work.path(), "work", [&](const auto& result) { made = result.has_value(); });
    pass(seconds(1));
    REQUIRE(made);
    agent.listen("", [this](const ipc::EventInfo& event) {
      events.push_back(event.event + ": " + event.text);
      return true;
    });
  }
  ~Stage() {
    bool stopped = false;
    agent.stop([&] { stopped = true; });
    for (int i = 0; i < 1000 && !stopped; ++i) pass(milliseconds(1));
  }

  void work_all() {
    loop.turn();
    while (loop.work_once()) continue;
  }
  void pass(base::Nanos time) {
    work_all();
    for (base::Nanos step = milliseconds(250); time.count() > 0; time -= step) {
      loop.advance(std::min(time, step));
      work_all();
    }
  }
  std::string at(const std::string& name) const { return work / name; }
  void tell(const std::string& path, bool deleted = false) {
    telling.sink.changes({{path, false, deleted, true}});
  }
  void save(const std::string& name, const std::string& content, bool told = true) {
    test::write_file(at(name), content);
    if (told) tell(name);
  }
  ipc::RepositoryStatus status() { return agent.repositories().at("work")->status(); }
  // Whether a full commit finds nothing that is not saved yet.
  bool is_all_saved() {
    snapshot::SnapshotOutcome outcome;
    agent.repositories().at("work")->commit("", true, [&](const auto& done) {
      if (done) outcome = *done;
    });
    pass(seconds(1));
    return !outcome.id.is_zero() && !outcome.created;
  }
  bool was_told(const std::string& event) {
    return std::any_of(events.begin(), events.end(),
                       [&](const std::string& each) { return each.starts_with(event); });
  }

  test::TemporaryFolder home, work;
  std::unique_ptr<base::FileSystem> posix = base::make_posix_filesystem();
  Disk disk;
  Telling telling;
  test::InterceptedFileSystem filesystem{*posix, disk};
  test::ManualClock clock{kFarFuture};
  test::SeededRandom random{1};
  base::ThreadPool compute{2, "compute"};
  test::ManualLoop loop{clock};
  std::vector<std::string> events;
  Agent agent{
      Agent::Parts{
          {.loop = loop,
           .filesystem = filesystem,
           .clock = clock,
           .random = random,
           .lanes = compute,
           .workers = {2, false},
           .make_watcher = [this] { return std::make_unique<ToldWatcher>(telling); },
           .storage_of = [](const std::string&) { return agent::watch::StorageKind::solid; }},
          [] { return Result<config::Loaded>(quick_audits()); },
          [](const config::Settings&) {}},
      test::must(config::resolve_paths({}, home.path(), "/")), quick_audits()};
};

}  // namespace

TEST_CASE("watched repository: a root that answers EIO suspends it, and it resumes with all") {
  Stage stage;
  stage.save("second", "2");
  stage.pass(seconds(2));
  const auto before = stage.status();
  CHECK(before.state == ipc::RepositoryState::watching);
  CHECK(before.files == 2);

  stage.disk.broken = true;
  stage.tell("second", true);
  stage.pass(seconds(30));
  CHECK(stage.status().state == ipc::RepositoryState::suspended);
  CHECK(stage.status().reason.find("Input/output error") != std::string::npos);
  CHECK(stage.status().head == before.head);
  CHECK(stage.was_told("state: suspended"));
  std::string refusal;
  stage.agent.repositories().at("work")->commit("", false, [&](const auto& done) {
    if (!done) refusal = done.error().message;
  });
  stage.pass(seconds(1));
  CHECK(refusal.find("suspended") != std::string::npos);

  // The watcher reports none of these changes.
  stage.save("third", "3", false);
  std::filesystem::remove(stage.at("first"));
  stage.disk.broken = false;
  stage.pass(seconds(5));
  CHECK(stage.status().state == ipc::RepositoryState::watching);
  CHECK(stage.status().files == 2);
  CHECK(stage.status().head != before.head);
  CHECK(stage.is_all_saved());
  CHECK(stage.status().last_audit.drift == 0);
}

TEST_CASE("watched repository: an error in the midst of a look deletes nothing") {
  Stage stage;
  for (int i = 0; i < 20; ++i)
    stage.save("f" + std::to_string(i % 4) + "-" + std::to_string(i), "content");
  std::filesystem::create_directory(stage.at("folder"));
  stage.save("folder/inside", "x");
  stage.telling.sink.changes({{"", true, false, false}});
  stage.pass(seconds(10));
  const auto before = stage.status();
  REQUIRE(before.files == 22);
  // The guard's check of the root succeeds, then calls fail: in each round from a later one on.
  for (int good = 0; good < 60; ++good) {
    stage.disk.good_calls = good;
    stage.disk.breaks = true;
    stage.telling.sink.changes({{"", true, false, false}});
    stage.pass(seconds(10));
    stage.disk.breaks = false;
    REQUIRE(stage.status().files == 22);
    stage.pass(seconds(10));
    REQUIRE(stage.status().state == ipc::RepositoryState::watching);
  }
  CHECK(stage.status().head == before.head);
}

#ifdef __linux__
TEST_CASE("watched repository: a moment after the last save no index lies in memory") {
  Stage stage;
  // Fills the pack, so that the next save begins another one.
  test::SeededRandom random(test::test_seed());
  base::Bytes large(std::size_t{66} << 20);
  random.fill(large);
  stage.save("large", std::string(base::as_text(large)));
  stage.pass(seconds(3));
  CHECK(test::mapped_in_memory(stage.home.path()) == 0);
  stage.save("first", "2");
  stage.pass(milliseconds(750));
  // To list all objects, the store maps the index of the full pack.
  std::size_t objects = 0;
  must(stage.agent.find("work"))->repository()->store().for_each([&](const auto&, auto) {
    ++objects;
  });
  REQUIRE(objects > 100);
  CHECK(test::mapped_in_memory(stage.home.path()) > 0);
  stage.pass(seconds(2));
  CHECK(test::mapped_in_memory(stage.home.path()) == 0);
  CHECK(stage.is_all_saved());
}
#endif

TEST_CASE("watched repository: an audit finds what no event told, saves and counts it") {
  Stage stage;
  CHECK(stage.status().last_audit.time == base::UnixNanos{});
  stage.save("told", "1");
  stage.pass(minutes(11));
  CHECK(stage.status().last_audit.time != base::UnixNanos{});
  CHECK(stage.status().last_audit.drift == 0);
  stage.events.clear();

  stage.save("silent", "1", false);
  stage.save("first", "2", false);
  stage.save("told", "2");
  stage.pass(minutes(11));
  CHECK(stage.status().last_audit.drift == 2);
  CHECK(stage.was_told("audit: 2 changes"));
  CHECK(stage.status().files == 3);
  CHECK(stage.is_all_saved());
  stage.pass(minutes(30));
  CHECK(stage.status().last_audit.drift == 2);
}

TEST_CASE("watched repository: what a look at everything finds is watched anew") {
  Stage stage;
  std::filesystem::create_directories(stage.at("a/b"));
  stage.save("a/told", "1", false);
  stage.telling.sink.changes({{"a", true}});
  stage.pass(minutes(1));
  const auto look = [&] {
    stage.agent.repositories().at("work")->commit("", true, [](const auto&) {});
    stage.pass(seconds(1));
    return std::exchange(stage.telling.refreshed, {});
  };
  CHECK(look().empty());
  stage.save("a/told", "2, longer");
  CHECK(look().empty());
  stage.save("a/told", "3, and longer");
  stage.save("a/b/silent", "1", false);
  CHECK(look() == std::vector<std::string>{"a/b"});
  // An audit does the same.
  stage.save("a/b/silent", "2, longer", false);
  stage.pass(minutes(11));
  CHECK(stage.status().last_audit.drift == 1);
  CHECK(std::exchange(stage.telling.refreshed, {}) == std::vector<std::string>{"a/b"});
  for (int i = 0; i < 100; ++i) {
    std::filesystem::create_directories(stage.at("a/" + std::to_string(i)));
    stage.save("a/" + std::to_string(i) + "/silent", "1", false);
  }
  CHECK(look() == std::vector<std::string>{""});
}

TEST_CASE("watched repository: one name of a file is told of, and the others are no drift") {
  Stage stage;
  stage.save("name", "1");
  REQUIRE(link(stage.at("name").c_str(), stage.at("other").c_str()) == 0);
  stage.tell("other");
  stage.pass(minutes(9));
  // The audit runs before the event arrives.
  const auto commits = stage.status().commits;
  stage.save("other", "2, longer", false);
  for (int step = 0; step < 100'000 && stage.status().commits == commits; ++step) {
    stage.loop.turn();
    stage.telling.keeps_proofs = stage.loop.in_background() > 0;
    if (!stage.loop.work_once()) stage.loop.advance(milliseconds(250));
  }
  REQUIRE(stage.status().last_audit.time == base::UnixNanos{});
  REQUIRE(stage.telling.proofs.size() == 1);
  stage.tell("other");
  stage.telling.sink.proven(stage.telling.proofs.front());
  stage.pass(minutes(1));
  CHECK(stage.status().last_audit.time != base::UnixNanos{});
  CHECK(stage.status().last_audit.drift == 0);
  CHECK(stage.is_all_saved());
}

TEST_CASE("watched repository: a pack that is gone is noticed, and told until it is back") {
  Stage stage;
  stage.pass(seconds(10));
  CHECK(stage.status().missing_packs.empty());
  const std::string packs = stage.agent.repositories().at("work")->data() + "/packs";
  std::filesystem::rename(packs + "/00000001.pack", packs + "/aside");
  stage.save("next", "1");
  stage.pass(seconds(10));
  CHECK(stage.status().missing_packs == std::vector<std::string>{"00000001.pack"});
  CHECK(stage.was_told("problem: the pack 00000001.pack is gone"));
  std::filesystem::rename(packs + "/aside", packs + "/00000001.pack");
  stage.save("next", "2");
  stage.pass(seconds(10));
  CHECK(stage.status().missing_packs.empty());
  CHECK(stage.is_all_saved());
}

TEST_CASE("watched repository: what events tell while an audit runs is no drift") {
  Stage stage;
  for (int round = 0; round < 120; ++round) {
    // Saves at any time, and their events some steps later.
    stage.save("file" + std::to_string(round % 7), std::to_string(round), false);
    stage.loop.advance(milliseconds(round));
    if (round % 3 == 0) (void)stage.loop.work_once();
    stage.tell("file" + std::to_string(round % 7));
    stage.pass(seconds(round % 40));
  }
  stage.pass(minutes(15));
  CHECK(stage.status().last_audit.time != base::UnixNanos{});
  CHECK(stage.status().last_audit.drift == 0);
  CHECK(stage.is_all_saved());
}

TEST_CASE("watched repository: what is being written under another name is no drift") {
  Stage stage;
  stage.save("one", "0");
  std::filesystem::create_hard_link(stage.at("one"), stage.at("two"));
  stage.tell("two");
  std::ofstream writer(stage.at("one"), std::ios::app);
  // The file is written every two minutes, and events name only one of its names.
  for (int round = 0; round < 20; ++round) {
    writer << round << std::flush;
    stage.tell("one");
    stage.pass(minutes(2));
  }
  CHECK(stage.status().last_audit.time != base::UnixNanos{});
  CHECK(stage.status().last_audit.drift == 0);
}

TEST_CASE("watched repository: an audit makes way for a save, but not for ever") {
  Stage stage;
  stage.save("log", "0");
  stage.pass(seconds(2));
  int saves = 0;
  for (int round = 0; stage.status().last_audit.time == base::UnixNanos{} && round < 20'000;
       ++round) {
    // Saves once before each piece of background work.
    stage.loop.advance(milliseconds(250));
    stage.loop.turn();
    while (stage.loop.in_background() > 0) {
      stage.save("log", std::to_string(++saves));
      stage.loop.turn();
      stage.loop.work_once();
    }
  }
  CHECK(stage.status().last_audit.time != base::UnixNanos{});
  CHECK(saves >= 6);  // three attempts, each with a cookie and a scan
  CHECK(stage.status().last_audit.drift == 0);
  stage.pass(seconds(10));
  CHECK(stage.is_all_saved());
}

TEST_CASE("watched repository: polled folders are looked at in time, and get watches with room") {
  Stage stage;
  stage.telling.usage = {80, 80, 5, 0};
  stage.save("told", "1");
  stage.pass(seconds(2));
  std::filesystem::create_directory(stage.at("cold"));
  stage.save("cold/silent", "1", false);
  stage.pass(seconds(31));
  CHECK(stage.telling.preferred == std::vector<std::string>{"", "cold"});
  CHECK(stage.is_all_saved());
  CHECK(stage.status().files == 3);
  CHECK(stage.status().watches.polled_folders == 5);
  // What polling finds is no drift.
  stage.save("cold/silent", "2", false);
  stage.pass(minutes(11));
  CHECK(stage.status().last_audit.drift == 0);
  CHECK(stage.telling.preferred == std::vector<std::string>{"cold"});
  CHECK(stage.telling.regains > 20);

  stage.telling.usage.polled_folders = 0;
  stage.pass(minutes(1));
  const int regains = stage.telling.regains;
  stage.pass(minutes(5));
  CHECK(stage.telling.regains == regains);
}

TEST_CASE("watched repository: another folder in the root's place is seen whole and watched") {
  Stage stage;
  stage.save("shared", "1");
  stage.pass(seconds(2));
  const int started = stage.telling.started;
  // The watcher saw nothing: somebody renamed a folder above.
  test::TemporaryFolder aside;
  std::filesystem::rename(stage.work.path(), aside / "old");
  std::filesystem::create_directory(stage.work.path());
  for (const char* name : {"shared", "new", "other"}) stage.save(name, "2", false);
  stage.tell("new");
  stage.pass(seconds(5));
  CHECK(stage.telling.started == started + 1);
  CHECK(stage.status().files == 3);
  CHECK(stage.is_all_saved());
}

TEST_CASE("watched repository: a remote whose removal failed is there after a restart too") {
  Stage stage;
  const auto repository = stage.agent.repositories().at("work");
  const auto remotes_on_disk = [&] {
    const auto folder = must(stage.posix->open_directory(repository->data()));
    return must(config::read_repository_file(*folder)).remotes.size();
  };
  test::TemporaryFolder elsewhere;
  Result<void> added, removed;
  repository->add_remote("r", "file://" + elsewhere / "r", [&](auto result) { added = result; });
  stage.pass(seconds(1));
  REQUIRE(added);
  REQUIRE(remotes_on_disk() == 1);

  stage.disk.loses_names = true;
  repository->remove_remote("r", [&](auto result) { removed = result; });
  stage.pass(seconds(1));
  REQUIRE_FALSE(removed);
  CHECK(repository->status().remotes.size() == 1);
  CHECK(remotes_on_disk() == 0);  // the rename was done all the same
  stage.disk.loses_names = false;
  stage.pass(seconds(20));
  CHECK(remotes_on_disk() == 1);
}

TEST_CASE("watched repository: who waits for a push is told that it has failed") {
  Stage stage;
  const auto repository = stage.agent.repositories().at("work");
  test::TemporaryFolder elsewhere;
  repository->add_remote("r", "file://" + elsewhere / "r", [](const auto&) {});
  stage.pass(minutes(1));
  REQUIRE(repository->status().remotes.at(0).state == ipc::RemoteState::synced);
  std::filesystem::rename(elsewhere / "r/packs", elsewhere / "aside");
  test::write_file(elsewhere / "r/packs", "no folder");
  stage.save("first", "2");
  ipc::RemoteState state{};
  const auto push = [&] {
    stage.pass(seconds(1));
    must(repository->sync().push_now(
        "", [](const auto&) {}, [&] { state = repository->status().remotes[0].state; }));
    stage.pass(seconds(1));
  };
  push();
  CHECK(state == ipc::RemoteState::error);
  std::filesystem::remove(elsewhere / "r/packs");
  std::filesystem::rename(elsewhere / "aside", elsewhere / "r/packs");
  push();
  CHECK(state == ipc::RemoteState::synced);
}

// As when the agent was killed between the two parts of a removal.
TEST_CASE("watched repository: what was remembered of a removed remote counts for no other") {
  Stage stage;
  const auto repository = stage.agent.repositories().at("work");
  test::TemporaryFolder elsewhere;
  const auto add = [&](const std::string& place) {
    Result<void> added = base::fail(base::ErrorCode::cancelled, "not yet");
    repository->add_remote("r", "file://" + elsewhere / place,
                           [&](auto result) { added = result; });
    stage.pass(minutes(1));
    REQUIRE(added);
  };
  add("one");
  const std::string remembered = repository->data() + "/remotes/r";
  std::filesystem::copy(remembered, elsewhere / "remembered");
  repository->remove_remote("r", [](const auto&) {});
  stage.pass(seconds(1));
  REQUIRE_FALSE(std::filesystem::exists(remembered));
  std::filesystem::copy(elsewhere / "remembered", remembered);

  // The copy of the old remote differs from it only in what it lacks.
  std::filesystem::copy(elsewhere / "one", elsewhere / "two",
                        std::filesystem::copy_options::recursive);
  for (const char* lost : {"two/packs", "two/refs", "two/index"})
    std::filesystem::remove_all(elsewhere / lost);
  add("two");
  REQUIRE(repository->status().remotes.at(0).state == ipc::RemoteState::synced);
  const auto one = std::filesystem::recursive_directory_iterator(elsewhere / "one/packs");
  const auto two = std::filesystem::recursive_directory_iterator(elsewhere / "two/packs");
  CHECK(std::distance(begin(one), end(one)) == std::distance(begin(two), end(two)));
}

TEST_CASE("watched repository: a remote that is added again while its removal goes on stays") {
  Stage stage;
  const auto repository = stage.agent.repositories().at("work");
  test::TemporaryFolder elsewhere;
  const auto add = [&](const std::string& place, Result<void>& added) {
    repository->add_remote("r", "file://" + elsewhere / place,
                           [&](auto result) { added = result; });
  };
  Result<void> first = base::fail(base::ErrorCode::cancelled, "not yet"), second = first;
  add("one", first);
  stage.pass(minutes(1));
  REQUIRE(first);
  // Adds the new remote when the old one is off the list, but before its records are removed.
  repository->remove_remote("r", [&](const auto&) { add("two", second); });
  stage.pass(minutes(1));
  REQUIRE(second);
  CHECK(repository->status().remotes.at(0).state == ipc::RemoteState::synced);
  CHECK(std::filesystem::exists(repository->data() + "/remotes/r/journal"));
}

TEST_CASE("watched repository: a file that could not be read is tried again among other saves") {
  Stage stage;
  stage.disk.unreadable = stage.at("bad");
  stage.save("bad", "cannot be read");
  stage.pass(seconds(5));
  REQUIRE(stage.status().problem_count == 1);
  stage.disk.unreadable.clear();
  for (int minute = 0; minute < 6; ++minute) {
    stage.save("busy", std::to_string(minute));
    stage.pass(minutes(1));
  }
  CHECK(stage.status().problem_count == 0);
  CHECK(stage.status().files == 3);
}

TEST_CASE("watched repository: a file that lacked a descriptor is complete seconds after") {
  Stage stage;
  stage.disk.unreadable = stage.at("poor");
  stage.disk.unreadable_for = GENERATE(EMFILE, ENFILE, ENOMEM);
  stage.save("poor", "for the moment");
  stage.save("other", "well");
  stage.pass(seconds(90));
  const ipc::RepositoryStatus lacking = stage.status();
  REQUIRE(lacking.problem_count == 1);
  CHECK(lacking.problems.at(0).kind == ipc::ProblemKind::lacking);
  CHECK(lacking.state == ipc::RepositoryState::watching);
  CHECK(lacking.files == 2);
  stage.disk.unreadable.clear();
  stage.pass(seconds(10));
  CHECK(stage.status().problem_count == 0);
  CHECK(stage.status().files == 3);
}

TEST_CASE("watched repository: without any descriptor it waits, and is complete seconds after") {
  Stage stage;
  stage.disk.lacking = true;
  stage.save("a", "1");
  stage.pass(minutes(5));
  CHECK(stage.status().state != ipc::RepositoryState::watching);
  CHECK(stage.status().reason.find("Too many open files") != std::string::npos);
  stage.disk.lacking = false;
  stage.pass(seconds(10));
  CHECK(stage.status().state == ipc::RepositoryState::watching);
  CHECK(stage.status().files == 2);
  CHECK(stage.telling.started == 1);  // nothing was suspended
}

TEST_CASE("watched repository: a folder that can be read again is read at once") {
  Stage stage;
  std::filesystem::create_directory(stage.at("d"));
  test::write_file(stage.at("d/a"), "1");
  stage.disk.unreadable = stage.at("d");
  stage.tell("d");
  stage.pass(seconds(5));
  REQUIRE(stage.status().problem_count == 1);
  CHECK(stage.status().problems.at(0).kind == ipc::ProblemKind::unreadable);
  stage.disk.unreadable.clear();
  stage.tell("d");
  stage.pass(seconds(5));
  CHECK(stage.status().problem_count == 0);
  CHECK(stage.status().files == 2);
}

TEST_CASE("watched repository: the end of the agent is no error") {
  Stage stage;
  stage.agent.stop([] {});
  CHECK(stage.status().state == ipc::RepositoryState::stopping);
  CHECK(stage.status().reason.empty());
}

}  // namespace vcs::agent::repository
