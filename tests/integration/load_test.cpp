// SPDX-License-Identifier: Apache-2.0
// Many clients, many folders, requests of all kinds while a large first snapshot runs, and a client
// that floods: the agent answers everybody. Times are printed, never asserted.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "agent/process/process_limits.hpp"
#include "core/base/file_descriptor.hpp"
#include "tests/support/must.hpp"
#include "tests/support/quick_folder.hpp"
#include "tests/support/real_agent.hpp"
#include "tests/support/request_swarm.hpp"
#include "tests/support/seeded_random.hpp"
#include "tests/support/test_rounds.hpp"
#include "tests/support/tree_model.hpp"

namespace {

using namespace vcs;
using test::must;
using test::RealAgent;
using test::RequestSwarm;
using test::SeededRandom;
using test::TemporaryFolder;
using namespace std::chrono_literals;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

struct Load {
  std::size_t connections, folders;
  int large_folders, files_each;  // of the first snapshot that runs meanwhile
};

// The small load runs with every change; with rounds given, each round adds a thousand files to the
// large snapshot.
Load load_of_this_run() {
  if (!test::rounds_are_given()) return {500, 60, 4, 1000};
  return {10'000, 1000, static_cast<int>(test::test_rounds(100)), 1000};
}

constexpr std::size_t kRequestsPerSecond = 200;
constexpr std::size_t kFewestRequests = 400;
constexpr std::uint64_t kMostMemory = std::uint64_t{256} << 20;  // of the agent, at any time

// Raises the limit for the test and for the agent, which inherits it. Gives the new limit.
std::size_t raise_descriptor_limit(rlim_t wanted) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const rlimit more{std::max(limit.rlim_cur, wanted), std::max(limit.rlim_max, wanted)};
  if (setrlimit(RLIMIT_NOFILE, &more) == 0) return more.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

// A system that allows fewer open files gets fewer folders.
Load fitting(Load load) {
  const auto fits = [&](std::size_t allowed) {
    return load.connections < agent::process::descriptors_for_clients(allowed, load.folders);
  };
  constexpr rlim_t kWanted = 65'536;
  const std::size_t allowed = raise_descriptor_limit(kWanted);
  if (fits(allowed)) return load;
  while (load.folders > 0 && !fits(allowed)) --load.folders;
  REQUIRE(load.folders > 0);
  WARN("only " << allowed << " files may be open: with " << load.folders << " folders");
  return load;
}

base::FileDescriptor connect_to(const std::string& socket_path) {
  base::FileDescriptor fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, socket_path.c_str(), sizeof address.sun_path - 1);
  REQUIRE(connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  return fd;
}

// A client that asks without end and reads nothing.
class Flood {
 public:
  explicit Flood(const std::string& socket_path) : fd_(connect_to(socket_path)) {
    fcntl(fd_.get(), F_SETFL, O_NONBLOCK);
    for (int i = 0; i < 400; ++i)
      lines_ += R"({"jsonrpc":"2.0","id":)" + std::to_string(i + 1) +
                (i == 0 ? R"(,"method":"hello"})" : R"(,"method":"status"})") + "\n";
  }
  // Sends as much as the agent takes, and gives the number of bytes.
  std::size_t pour() {
    std::size_t all = 0;
    for (ssize_t sent; all < (1u << 20); all += static_cast<std::size_t>(sent)) {
      sent = send(fd_.get(), lines_.data() + at_, lines_.size() - at_, MSG_NOSIGNAL);
      if (sent <= 0) break;
      at_ = (at_ + static_cast<std::size_t>(sent)) % lines_.size();
      // A client says hello only once.
      if (at_ == 0) at_ = lines_.find('\n') + 1;
    }
    return all;
  }

 private:
  base::FileDescriptor fd_;
  std::string lines_;
  std::size_t at_ = 0;
};

class Crowd {
 public:
  explicit Crowd(const Load& load) : load_(load) {
    agent_.start();
    swarm_ = std::make_unique<RequestSwarm>(agent_.home() + "/vcsd.sock");
    swarm_->connect(1);
    for (std::size_t i = 0; i < load.folders; ++i) {
      fs::create_directories(small(i));
      test::write_file(small(i) + "/note", "note " + std::to_string(i));
      swarm_->send(0, "repo.init", R"({"folder":")" + small(i) + R"("})");
      if (swarm_->in_flight() >= 16) REQUIRE(swarm_->collect(Clock::now() + 60s));
    }
    swarm_->send(0, "status", R"({"wait":true})");
    REQUIRE(swarm_->collect(Clock::now() + 300s));
    for (int i = 0; i < load.large_folders; ++i) fill(folder_ / "large/part" + std::to_string(i));
    swarm_->connect(load.connections - 1);
    swarm_->tallies().clear();
  }

  void run() {
    Flood flood(agent_.home() + "/vcsd.sock");
    swarm_->send(0, "repo.init", R"({"folder":")" + folder_ / "large" + R"("})");
    REQUIRE(swarm_->collect(Clock::now() + 60s));
    Large large(agent_.home() + "/vcsd.sock");
    const Clock::time_point began = Clock::now();
    std::size_t sent = 0, poured = 0, dry = 0, commits_before = 0;
    for (bool is_done = false; sent < kFewestRequests || !is_done; ++sent) {
      const std::size_t bytes = flood.pour();
      poured += bytes;
      dry += bytes == 0;
      ask_something(sent);
      const auto next = began + sent * 1000000us / kRequestsPerSecond;
      swarm_->collect(next);
      std::this_thread::sleep_until(next);
      if (!is_done) commits_before = swarm_->tallies()["commit"].milliseconds.size();
      is_done = is_done || large.is_done();
      REQUIRE(Clock::now() - began < 10min);
    }
    REQUIRE(swarm_->collect(Clock::now() + 300s));
    tell(sent, Clock::now() - began, poured);
    // The flood had to wait nearly always.
    CHECK(dry > sent / 2);
    CHECK(poured < (64u << 20));
    std::size_t answered = 0;
    for (const auto& [method, tally] : swarm_->tallies()) {
      CAPTURE(method, tally.an_error);
      CHECK(tally.errors == 0);
      answered += tally.milliseconds.size();
    }
    CHECK(answered == sent + 1);
    CHECK(memory("VmHWM:") < kMostMemory);
    // A large snapshot holds up no other folder.
    CHECK(commits_before > 0);
    look_at_what_is_kept();
  }

 private:
  // The first snapshot of the large folder, from a connection of its own.
  class Large {
   public:
    explicit Large(const std::string& socket_path) : asker_(socket_path) {
      asker_.connect(1);
      asker_.send(0, "status", R"({"repository":"large","wait":true})");
    }
    bool is_done() { return asker_.collect(Clock::now() + 2ms); }

   private:
    RequestSwarm asker_;
  };

  std::string small(std::size_t i) const { return folder_ / "small" + std::to_string(i); }

  void fill(const std::string& part) {
    fs::create_directories(part);
    std::string bytes(6000, '\0');
    for (int i = 0; i < load_.files_each; ++i) {
      random_.fill({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size() / 2});
      test::write_file(part + "/" + std::to_string(i), bytes);
    }
  }

  void ask_something(std::size_t number) {
    const std::size_t from = random_.below(swarm_->connections());
    const std::size_t folder = random_.below(load_.folders);
    const std::string of = R"({"repository":"small)" + std::to_string(folder) + "\"";
    switch (number % 20) {
      case 0:
        test::write_file(small(folder) + "/note", "number " + std::to_string(number));
        return swarm_->send(from, "commit", of + "}");
      case 1:
        return swarm_->send(from, "repo.list", "{}");
      case 2:
        return swarm_->send(from, "status", R"({"repository":"large"})");
      case 3:
      case 4:
      case 5:
        return swarm_->send(from, "log", of + R"(,"limit":20})");
      case 6:
      case 7:
        return swarm_->send(from, "show", of + R"(,"commit":"HEAD"})");
      case 8:
      case 9:
        return swarm_->send(from, "ls", of + R"(,"commit":"HEAD"})");
      case 10:
      case 11:
        return swarm_->send(from, "content", of + R"(,"commit":"HEAD","path":"note"})");
      case 12:
        return swarm_->send(from, "diff", of + R"(,"a":"HEAD","b":"HEAD"})");
      default:
        return swarm_->send(from, "status", of + "}");
    }
  }

  // A field of the agent's memory status, in bytes.
  std::uint64_t memory(const std::string& field) const {
    std::ifstream status("/proc/" + std::to_string(agent_.pid()) + "/status");
    std::uint64_t kibibytes = 0;
    for (std::string word; status >> word && word != field;) continue;
    status >> kibibytes;
    REQUIRE(kibibytes > 0);
    return kibibytes << 10;
  }

  void look_at_what_is_kept() {
    const auto status = agent_.json({"status"});
    for (const auto& repository : status["repositories"]) {
      CAPTURE(repository.dump());
      CHECK(repository["watches"]["polled_folders"] == 0);
      CHECK(repository["state"] == "watching");
      CHECK(repository["files"] ==
            (repository["name"] == "large" ? load_.large_folders * load_.files_each : 1));
    }
  }

  void tell(std::size_t sent, Clock::duration took, std::size_t poured) {
    const double seconds = std::chrono::duration<double>(took).count();
    std::string text = fmt::format(
        "{} connections, {} folders, {} requests in {:.1f} s beside a snapshot of {} files; memory "
        "of the agent {} MiB, {} at most; a flood of {} KiB was taken\n",
        swarm_->connections(), load_.folders, sent, seconds, load_.large_folders * load_.files_each,
        memory("VmRSS:") >> 20, memory("VmHWM:") >> 20, poured >> 10);
    RequestSwarm::Tally all;
    const auto line = [&](const std::string& name, RequestSwarm::Tally& tally) {
      text +=
          fmt::format("  {:<10} {:>5} answered, p50 {:.1f} ms, p99 {:.1f} ms, longest {:.1f} ms\n",
                      name, tally.milliseconds.size(), tally.percentile(0.5),
                      tally.percentile(0.99), tally.percentile(1));
    };
    for (auto& [method, tally] : swarm_->tallies()) {
      line(method, tally);
      all.milliseconds.insert(all.milliseconds.end(), tally.milliseconds.begin(),
                              tally.milliseconds.end());
    }
    line("all", all);
    std::fputs(text.c_str(), stderr);
  }

  Load load_;
  TemporaryFolder folder_;
  // The home lies in memory: slow disks have a test of their own.
  test::QuickFolder memory_;
  RealAgent agent_{"[agent]\nmax_clients = 20000\n", geteuid(), memory_ / "home"};
  std::unique_ptr<RequestSwarm> swarm_;
  SeededRandom random_{test::test_seed()};
};

}  // namespace

TEST_CASE("load: all are answered while a first snapshot runs and one client floods") {
  Crowd crowd(fitting(load_of_this_run()));
  crowd.run();
}

TEST_CASE("load: clients that come without end leave enough for saves") {
  TemporaryFolder folder;
  RealAgent agent;
  // The agent inherits its limits from the process that starts it.
  const auto started = test::run_program({"sh", "-c", "ulimit -n 200 && exec \"$0\" \"$@\"",
                                          std::string(VCS_BINARY_DIR) + "/vcsctl", "status",
                                          "--home", agent.home()});
  CAPTURE(started.err);
  REQUIRE(started.status == 0);
  agent.json({"init", folder.path(), "--name", "saves"});
  ipc::Client first = test::connect_client(agent.home());
  std::vector<base::FileDescriptor> others;
  for (int i = 0; i < 500; ++i) {
    others.push_back(connect_to(agent.home() + "/vcsd.sock"));
    if (i % 50 != 0) continue;
    test::write_file(folder / "note", std::to_string(i));
    const auto commit = first.call<ipc::Commit>({"saves", "", false});
    CAPTURE(i, commit ? "" : commit.error().message);
    REQUIRE(commit);
    REQUIRE(test::difference(test::model_of_folder(folder.path()),
                             test::model_of_commit(first, "saves", commit->id)) == "");
  }
  CHECK(test::read_file(agent.home() + "/logs/vcsd.log").find("Too many open files") ==
        std::string::npos);
}
