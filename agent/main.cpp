// SPDX-License-Identifier: Apache-2.0
// vcsd: makes the real clock, files, randomness, threads and loop, puts the agent together with
// them, and runs it until it is told to stop.
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <thread>

#include "agent/agent.hpp"
#include "agent/background.hpp"
#include "agent/command_line.hpp"
#include "agent/listener.hpp"
#include "agent/logging.hpp"
#include "agent/process_limits.hpp"
#include "agent/service/agent_service.hpp"
#include "agent/service_manager.hpp"
#include "agent/signals.hpp"
#include "agent/single_instance.hpp"
#include "agent/uv_event_loop.hpp"
#include "agent/version.hpp"
#include "config/load.hpp"
#include "core/base/background_priority.hpp"
#include "ipc/endpoint.hpp"

extern char** environ;

namespace {

using namespace vcs;
using base::Result;

// A client that reads slowly holds one while its answer streams.
constexpr std::size_t kQueryThreads = 16;
constexpr std::size_t kFewestSnapshotsAtOnce = 4;  // one a folder
constexpr std::size_t kRemoteThreads = 4;
// One would let a slow disk hold up the packs of all others.
constexpr std::size_t kWriterThreads = 2;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

// What is settled before anything runs.
struct Premises {
  config::Environment environment;
  std::unique_ptr<base::FileSystem> filesystem;
  config::Paths paths;
  config::Loaded loaded;
  std::string socket;
  std::unique_ptr<base::Directory> data;
};

Result<Premises> settle_premises(const agent::CommandLine& line) {
  Premises found;
  found.environment = config::environment_from(environ);
  found.filesystem = base::make_posix_filesystem();
  VCS_ASSIGN(const std::string here, found.filesystem->canonical("."));
  VCS_ASSIGN(found.paths, config::resolve_paths(found.environment, line.home, here));
  VCS_ASSIGN(found.loaded, config::load(found.paths, found.environment, *found.filesystem));
  VCS_ASSIGN(found.socket, config::socket_path(found.paths, found.loaded.settings.agent));
  VCS_ASSIGN(found.data, found.filesystem->make_directories(found.paths.data));
  return found;
}

agent::Workers workers_of(const config::CoreSettings& core) {
  if (core.workers > 0) return {static_cast<std::size_t>(core.workers), true};
  return {std::max(1u, std::thread::hardware_concurrency()), false};
}

// A snapshot may find that more threads than cores pay, where a disk answers late. Those that are
// not wanted sleep.
std::size_t lane_threads(const agent::Workers& workers) {
  return workers.pinned ? workers.count : 2 * workers.count;
}

// docs/ARCHITECTURE.md has the table of them.
struct Threads {
  explicit Threads(const agent::Workers& workers)
      : compute(std::max(lane_threads(workers), kFewestSnapshotsAtOnce), "vcsd-compute"),
        lanes(lane_threads(workers), "vcsd-lane") {
    for (base::ThreadPool* pool : {&maintenance, &audit})
      pool->submit([] { base::use_background_priority(); });
  }

  base::ThreadPool compute;
  // A large snapshot holds its helpers to the end. Saves in other folders do not wait for them.
  base::ThreadPool lanes;
  base::ThreadPool writers{kWriterThreads, "vcsd-writer"};
  base::ThreadPool query{kQueryThreads, "vcsd-query"};
  base::ThreadPool remote{kRemoteThreads, "vcsd-remote"};
  base::ThreadPool maintenance{1, "vcsd-idle"};
  base::ThreadPool audit{1, "vcsd-audit"};
};

base::Nanos half_of_watchdog() {
  return std::chrono::microseconds(std::atoll(variable("WATCHDOG_USEC").c_str()) / 2);
}

// The agent with all that is real around it.
class Daemon {
 public:
  Daemon(Premises& premises, base::File& instance, const base::Clock& clock, const base::Log& log,
         std::size_t descriptors)
      : premises_(premises),
        instance_(instance),
        clock_(clock),
        log_(log),
        workers_(workers_of(premises.loaded.settings.core)),
        descriptors_(descriptors),
        most_clients_(static_cast<std::size_t>(premises.loaded.settings.agent.max_clients)),
        threads_(workers_),
        loop_({threads_.compute, threads_.query, threads_.remote, threads_.maintenance,
               threads_.audit}),
        manager_(loop_, variable("NOTIFY_SOCKET"), half_of_watchdog()),
        agent_(parts(), premises.paths, std::move(premises.loaded)),
        service_(agent_, [this] { stop(); }) {}

  // Returns when the agent has stopped. `listening` is called when clients may come.
  Result<void> run(ipc::Endpoint endpoint, const std::function<void()>& listening);

 private:
  agent::Agent::Parts parts();
  void stop();
  void reload();

  Premises& premises_;
  base::File& instance_;
  const base::Clock& clock_;
  const base::Log log_;
  const agent::Workers workers_;
  const std::size_t descriptors_, most_clients_;
  base::SystemRandom random_;
  Threads threads_;
  agent::UvEventLoop loop_;
  agent::ServiceManager manager_;
  agent::Agent agent_;
  std::unique_ptr<agent::Listener> listener_;
  std::optional<agent::Signals> signals_;
  agent::service::AgentService service_;
  bool stopping_ = false;
};

agent::Agent::Parts Daemon::parts() {
  const config::Settings& settings = premises_.loaded.settings;
  agent::Agent::Parts parts{
      loop_,
      *premises_.filesystem,
      clock_,
      random_,
      log_,
      threads_.lanes,
      workers_,
      agent::may_give_files_away(),
      agent::watch::make_system_watchers(
          log_, static_cast<double>(settings.watch.watch_limit_share) / 100.0),
      agent::probe_system_storage,
      [this] {
        return config::load(premises_.paths, premises_.environment, *premises_.filesystem);
      },
      [](const config::Settings& changed) { agent::set_log_level(changed.agent.log_level); }};
  parts.writers = &threads_.writers;
  return parts;
}

Result<void> Daemon::run(ipc::Endpoint endpoint, const std::function<void()>& listening) {
  const auto room = [this] {
    return agent::descriptors_for_clients(descriptors_, agent_.repositories().size());
  };
  VCS_ASSIGN(listener_, agent::Listener::start(loop_.uv(), endpoint.take_socket(), service_, log_,
                                               {most_clients_, {}, room}));
  signals_.emplace(
      loop_.uv(), [this] { stop(); }, [this] { reload(); });
  if (auto started = agent_.start(); !started) {
    // Nothing is watched yet, but handles must be closed on a turning loop.
    stop();
    loop_.run();
    return started;
  }
  log_.info("vcsd {} listens on {}", agent::kVersion, endpoint.path());
  listening();
  manager_.ready(fmt::format("watching {} folders", agent_.repositories().size()));
  loop_.run();
  return {};
}

void Daemon::stop() {
  if (std::exchange(stopping_, true)) return;
  log_.info("stopping");
  loop_.run_in_background(
      agent::Pool::query, [this] { agent::mark_as_stopping(instance_); }, [] {});
  manager_.stopping();
  // Everything acknowledged is on disk; a remote that hangs must not keep us.
  loop_.call_after(agent::kStopPatience, [this] {
    log_.warning("something does not come back; leaving without it");
    std::_Exit(0);
  });
  // Requests are answered as far as the time allows, then snapshots finish.
  agent_.stop([this] {
    listener_->stop(agent::kStopPatience / 5, [this] {
      signals_->close();
      loop_.stop();
    });
  });
}

void Daemon::reload() {
  manager_.reloading(clock_.steady());
  agent_.reload([this](const Result<void>& reloaded) {
    if (!reloaded) log_.error("the configuration is kept as it was: {}", reloaded.error().message);
    manager_.ready("watching");
  });
}

Result<void> serve(Premises& premises, agent::Background& background) {
  const std::size_t descriptors = agent::raise_descriptor_limit();
  const base::SystemClock clock;
  VCS_ASSIGN(const auto instance,
             agent::become_single_instance(*premises.data, premises.socket, clock));
  const base::Log log = agent::make_log(!variable("JOURNAL_STREAM").empty());
  agent::set_log_level(premises.loaded.settings.agent.log_level);
  for (const std::string& warning : premises.loaded.warnings) log.warning("{}", warning);
  VCS_ASSIGN(ipc::Endpoint endpoint, ipc::Endpoint::listen(premises.socket));
  Daemon daemon(premises, *instance, clock, log, descriptors);
  return daemon.run(std::move(endpoint), [&] { background.ready(); });
}

Result<void> run(const agent::CommandLine& line) {
  VCS_ASSIGN(Premises premises, settle_premises(line));
  umask(0077);
  agent::Background background;
  const bool managed = !variable("NOTIFY_SOCKET").empty();
  if (!line.foreground && !managed) {
    VCS_ASSIGN(background, agent::Background::enter(premises.paths.logs, *premises.filesystem));
  }
  auto done = serve(premises, background);
  if (!done) background.failed(done.error());
  return done;
}

int complain(const base::Error& error) {
  std::fprintf(stderr, "vcsd: %s\n", error.message.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  agent::bound_kept_memory();
  const auto done = run(agent::parse_command_line(argc, argv));
  return done ? 0 : complain(done.error());
}
