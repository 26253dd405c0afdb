// SPDX-License-Identifier: Apache-2.0
// The loop answers requests while every call of the disk hangs.
#include <algorithm>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <filesystem>
#include <set>
#include <thread>

#include "agent/agent.hpp"
#include "agent/repository/watched_repository.hpp"
#include "agent/schedule/sync_scheduler.hpp"
#include "core/snapshot/snapshot_types.hpp"
#include "ipc/messages/status.hpp"
#include "tests/support/intercepted_filesystem.hpp"
#include "tests/support/must.hpp"
#include "tests/support/no_watcher.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/threaded_loop.hpp"

namespace vcs::agent {
namespace {

using base::Result;
using test::CallKind;
using test::must;

// Lets every call hang until the loop has answered a request meanwhile. Records each call of the
// loop thread: that must never happen.
class SlowDisk final : public test::Interceptor {
 public:
  Result<void> before(test::Call& call) override {
    std::unique_lock lock(mutex_);
    if (std::this_thread::get_id() == loop_) {
      if (guarded_) calls_of_the_loop.push_back(call.path);
      return {};
    }
    if (!guarded_) return {};
    const std::uint64_t ticket = next_ticket_++;
    hanging_.insert(call.kind);
    released_.wait(lock, [&] { return ticket < served_; });
    return {};
  }

  void after(test::Call&, bool) override {}

  // On the loop thread: runs `answer` while calls hang, then releases those calls.
  void answer_and_release(const std::function<void()>& answer) {
    std::uint64_t hanging = 0;
    {
      const std::lock_guard lock(mutex_);
      hanging = next_ticket_;
      hung_during_an_answer.insert(hanging_.begin(), hanging_.end());
      hanging_.clear();
    }
    answer();
    const std::lock_guard lock(mutex_);
    served_ = hanging;
    released_.notify_all();
  }
  void guard(bool on) {
    const std::lock_guard lock(mutex_);
    guarded_ = on;
    if (!on) served_ = UINT64_MAX;
    released_.notify_all();
  }

  std::vector<std::string> calls_of_the_loop;
  std::set<CallKind> hung_during_an_answer;

 private:
  const std::thread::id loop_ = std::this_thread::get_id();
  std::mutex mutex_;
  std::condition_variable released_;
  std::set<CallKind> hanging_;
  std::uint64_t next_ticket_ = 0, served_ = 0;
  bool guarded_ = false;
};

class QuietWatcher final : public test::NoWatcher {
 public:
  Result<void> start(const std::string&, const std::string&, watch::WatchSink sink,
                     watch::FolderFilter) override {
    sink_ = std::move(sink);
    return {};
  }
  void ask_for_proof(watch::ProofToken token) override { sink_.proven(token); }

 private:
  watch::WatchSink sink_;
};

struct Stage {
  Stage() {
    must(agent.start());
    disk.guard(true);
  }
  ~Stage() { disk.guard(false); }

  void until(const std::function<bool()>& reached) {
    REQUIRE(loop.turn_until(reached, [&] {
      disk.answer_and_release([&] {
        for (const auto& [name, repository] : agent.repositories())
          REQUIRE(repository->status().name == name);
      });
    }));
  }
  // Waits for the answer of one request.
  template <typename Ask>
  void ask(Ask ask) {
    bool answered = false;
    ask([&](const auto& result) {
      if (!result) FAIL(result.error().message);
      answered = true;
    });
    until([&] { return answered; });
  }
  std::shared_ptr<agent::repository::WatchedRepository> repository() {
    return agent.repositories().at("work");
  }

  test::TemporaryFolder home, work, elsewhere;
  config::Paths paths = must(config::resolve_paths({}, home.path(), "/"));
  std::unique_ptr<base::FileSystem> posix = base::make_posix_filesystem();
  SlowDisk disk;
  test::InterceptedFileSystem filesystem{*posix, disk};
  base::SystemClock clock;
  test::SeededRandom random{1};
  base::ThreadPool compute{4, "compute"};
  test::ThreadedLoop loop;
  Agent agent{
      Agent::Parts{
          {.loop = loop,
           .filesystem = filesystem,
           .clock = clock,
           .random = random,
           .lanes = compute,
           .workers = {2, false},
           .make_watcher = [] { return std::make_unique<QuietWatcher>(); },
           .storage_of = [](const std::string&) { return agent::watch::StorageKind::network; }},
          [this] { return config::load(paths, {}, filesystem); },
          [](const config::Settings&) {}},
      paths, config::Loaded{}};
};

}  // namespace

TEST_CASE("slow disk: the loop answers while every call of a first snapshot hangs") {
  Stage stage;
  for (int i = 0; i < 5; ++i)
    test::write_file(stage.work / std::to_string(i), std::string(100, static_cast<char>('a' + i)));
  test::write_file(stage.work / "large", std::string(3'000'000, 'x'));

  stage.ask([&](auto done) { stage.agent.init(stage.work.path(), "work", done); });
  stage.until([&] { return stage.repository()->status().files == 6; });
  for (const CallKind kind : {CallKind::open, CallKind::look, CallKind::list, CallKind::read,
                              CallKind::write_past_cache, CallKind::create, CallKind::sync_file})
    CHECK(stage.disk.hung_during_an_answer.contains(kind));
  CHECK(stage.repository()->status().pipeline.storage == "network");
  CHECK(stage.disk.calls_of_the_loop == std::vector<std::string>{});
}

TEST_CASE("slow disk: no request lets the loop touch a file") {
  Stage stage;
  test::write_file(stage.work / "file", "1");
  stage.ask([&](auto done) { stage.agent.init(stage.work.path(), "work", done); });
  stage.until([&] { return stage.repository()->status().files == 1; });
  test::write_file(stage.work / "file", "2");
  stage.ask([&](auto done) { stage.repository()->settle(done); });
  stage.ask([&](auto done) {
    stage.repository()->add_remote("r", "file://" + stage.elsewhere / "r", done);
  });
  stage.until(
      [&] { return stage.repository()->sync().status().at(0).state == ipc::RemoteState::synced; });
  stage.ask([&](auto done) { stage.repository()->remove_remote("r", done); });
  stage.ask([&](auto done) { stage.agent.reload(done); });
  // A second `init` of the folder is answered, and one of a folder inside it is refused.
  stage.ask([&](auto done) { stage.agent.init(stage.work.path(), "", done); });
  bool refused = false;
  std::filesystem::create_directory(stage.work / "inside");
  stage.agent.init(stage.work / "inside", "", [&](const auto& made) { refused = !made; });
  stage.until([&] { return refused; });
  stage.ask([&](auto done) {
    stage.agent.remove(stage.repository(), Agent::Removal::deletes_later, done);
  });
  CHECK(stage.agent.repositories().empty());

  bool stopped = false;
  stage.agent.stop([&] { stopped = true; });
  stage.until([&] { return stopped; });
  CHECK(stage.disk.calls_of_the_loop == std::vector<std::string>{});
}

}  // namespace vcs::agent
