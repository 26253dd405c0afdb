// SPDX-License-Identifier: Apache-2.0
// vcsd: makes the real clock, files, randomness, threads and loop, builds the agent on them, and
// runs it until it is to stop.
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <thread>

#include "agent/agent.hpp"
#include "agent/doors/listener.hpp"
#include "agent/loop/errands.hpp"
#include "agent/loop/timer.hpp"
#include "agent/loop/uv_event_loop.hpp"
#include "agent/presence.hpp"
#include "agent/process/background.hpp"
#include "agent/process/background_priority.hpp"
#include "agent/process/command_line.hpp"
#include "agent/process/detachment.hpp"
#include "agent/process/home.hpp"
#include "agent/process/logging.hpp"
#include "agent/process/manager_environment.hpp"
#include "agent/process/process_limits.hpp"
#include "agent/process/service_manager.hpp"
#include "agent/process/signals.hpp"
#include "agent/process/single_instance.hpp"
#include "agent/process/version.hpp"
#include "agent/repository/device.hpp"
#include "agent/service/agent_service.hpp"
#include "agent/watch/held_files.hpp"
#include "config/load.hpp"
#include "ipc/endpoint.hpp"

extern char** environ;

namespace {

using namespace vcs;

// A client that reads slowly holds one of them while its answer streams.
constexpr std::size_t kQueryThreads = 16;
constexpr std::size_t kFewestSnapshotsAtOnce = 4;  // one a folder
constexpr std::size_t kRemoteThreads = 4;
// With one thread a slow disk would delay the packs of all other repositories.
constexpr std::size_t kWriterThreads = 2;

// Exit statuses. After the second one systemd does not start the agent again.
constexpr int kFailed = 1, kRunsAlready = 75;

// The values that are settled before anything runs.
struct Premises {
  config::Environment environment;
  std::unique_ptr<base::FileSystem> filesystem;
  config::Paths paths;
  config::Loaded loaded;
  std::string socket;
  std::string spare_socket;  // "": none
};

// The folder in which the process was started. It may be gone, and only a relative home needs it.
Result<std::string> working_directory(const agent::process::CommandLine& line,
                                      base::FileSystem& filesystem) {
  const bool needed = line.home && !line.home->starts_with('/');
  return needed ? filesystem.canonical(".") : std::string("/");
}

Result<Premises> settle_premises(const agent::process::CommandLine& line) {
  Premises found;
  found.environment = config::environment_from(environ);
  found.filesystem = base::make_posix_filesystem();
  VCS_ASSIGN(const std::string here, working_directory(line, *found.filesystem));
  VCS_ASSIGN(found.paths, config::resolve_paths(found.environment, line.home, here));
  VCS_ASSIGN(found.loaded, config::load(found.paths, found.environment, *found.filesystem));
  VCS_ASSIGN(found.socket, config::socket_path(found.paths, found.loaded.settings.agent));
  VCS_TRY(agent::process::accept_home(found.paths.data));
  // A spare only for a default socket outside our home: within it, an obstacle is an error to show.
  if (found.loaded.settings.agent.socket.empty() &&
      !found.socket.starts_with(found.paths.data + "/"))
    found.spare_socket = found.paths.data + "/run/vcsd.sock";
  return found;
}

agent::Workers workers_of(const config::CoreSettings& core) {
  if (core.workers > 0) return {static_cast<std::size_t>(core.workers), true};
  return {std::max(1u, std::thread::hardware_concurrency()), false};
}

// With a slow disk more threads than cores may make a snapshot faster. Unused threads sleep.
std::size_t lane_threads(const agent::Workers& workers) {
  return workers.pinned ? workers.count : 2 * workers.count;
}

// The threads of the agent; docs/ARCHITECTURE.md has their table.
struct Threads {
  explicit Threads(const agent::Workers& workers)
      : compute(std::max(lane_threads(workers), kFewestSnapshotsAtOnce), "vcsd-compute"),
        lanes(lane_threads(workers), "vcsd-lane") {
    for (base::ThreadPool* pool : {&maintenance, &audit})
      pool->submit([] { agent::process::use_background_priority(); });
  }

  base::ThreadPool compute;
  // A large snapshot holds its lanes to the end. Snapshots of other folders do not wait for them.
  base::ThreadPool lanes;
  base::ThreadPool writers{kWriterThreads, "vcsd-writer"};
  base::ThreadPool query{kQueryThreads, "vcsd-query"};
  base::ThreadPool remote{kRemoteThreads, "vcsd-remote"};
  base::ThreadPool maintenance{1, "vcsd-idle"};
  base::ThreadPool audit{1, "vcsd-audit"};
};

// The agent with its real surroundings. It has many members because it owns each of them, in the
// order in which they end.
class Daemon {
 public:
  Daemon(Premises& premises, base::File& instance,
         const agent::process::ManagerEnvironment& manager, const base::Clock& clock,
         const base::Log& log, std::shared_ptr<agent::process::LogFile> log_file,
         std::size_t descriptors)
      : premises_(premises),
        instance_(instance),
        clock_(clock),
        log_(log),
        log_file_(std::move(log_file)),
        workers_(workers_of(premises.loaded.settings.core)),
        descriptors_(descriptors),
        most_clients_(static_cast<std::size_t>(premises.loaded.settings.agent.max_clients)),
        threads_(workers_),
        loop_({threads_.compute, threads_.query, threads_.remote, threads_.maintenance,
               threads_.audit}),
        manager_(loop_, manager.notify_socket, manager.watchdog / 2),
        agent_(parts(), premises.paths, std::move(premises.loaded)),
        service_(agent_, [this] { stop(); }) {}

  // Returns when the agent has stopped. Calls `listening` when clients can connect.
  Result<void> run(ipc::Endpoint endpoint, const std::function<void()>& listening);

 private:
  agent::Agent::Parts parts();
  void appear(ipc::Endpoint endpoint);
  void stop();
  void reload();

  Premises& premises_;
  base::File& instance_;
  const base::Clock& clock_;
  const base::Log log_;
  const std::shared_ptr<agent::process::LogFile> log_file_;
  const agent::Workers workers_;
  const std::size_t descriptors_, most_clients_;
  base::SystemRandom random_;
  Threads threads_;
  agent::loop::UvEventLoop loop_;
  agent::loop::Errands errands_{loop_};
  agent::loop::Timer patience_{loop_};  // bounds the wait for running work at the end
  agent::process::ServiceManager manager_;
  agent::Agent agent_;
  std::unique_ptr<agent::doors::Listener> listener_;
  std::optional<agent::process::Signals> signals_;
  std::optional<agent::Presence> presence_;
  agent::service::AgentService service_;
  bool stopping_ = false;
};

agent::Agent::Parts Daemon::parts() {
  const config::Settings& settings = premises_.loaded.settings;
  agent::World world{.loop = loop_,
                     .filesystem = *premises_.filesystem,
                     .clock = clock_,
                     .random = random_,
                     .log = log_,
                     .lanes = threads_.lanes,
                     .writers = &threads_.writers,
                     .workers = workers_,
                     .privileged = agent::process::may_give_files_away(),
                     .make_watcher = agent::watch::make_system_watchers(
                         log_, static_cast<double>(settings.watch.watch_limit_share) / 100.0),
                     .storage_of = agent::watch::probe_system_storage,
                     .held_files = std::make_shared<agent::watch::HeldFiles>(clock_),
                     .machine = agent::repository::this_machine()};
  const auto load = [this] {
    return config::load(premises_.paths, premises_.environment, *premises_.filesystem);
  };
  const auto changed = [](const config::Settings& now) {
    agent::process::set_log_level(now.agent.log_level);
  };
  return {std::move(world), load, changed};
}

Result<void> Daemon::run(ipc::Endpoint endpoint, const std::function<void()>& listening) {
  const auto room = [this] {
    return agent::process::descriptors_for_clients(descriptors_, agent_.repositories().size());
  };
  VCS_ASSIGN(listener_, agent::doors::Listener::start(loop_.uv(), endpoint.take_socket(), service_,
                                                      log_, {most_clients_, {}, room}));
  signals_.emplace(
      loop_.uv(), [this] { stop(); }, [this] { reload(); });
  if (auto started = agent_.start(); !started) {
    // Nothing is watched yet, but handles must be closed on a turning loop.
    stop();
    loop_.run();
    return started;
  }
  log_.info("vcsd {} listens on {}", agent::process::kVersion, endpoint.path());
  appear(std::move(endpoint));
  listening();
  const std::size_t folders = agent_.repositories().size();
  manager_.ready(fmt::format("watching {} folder{}", folders, folders == 1 ? "" : "s"));
  loop_.run();
  return {};
}

// Makes the agent findable from now on.
void Daemon::appear(ipc::Endpoint endpoint) {
  const std::string lock = premises_.paths.data + "/" + ipc::kAgentLock;
  const auto listen_at = [this](base::FileDescriptor socket) {
    if (const auto listening = listener_->listen_at(std::move(socket)); !listening)
      log_.error("{}", listening.error().message);
  };
  presence_.emplace(
      agent::Presence::Parts{loop_, loop_.uv(), instance_, lock, premises_.spare_socket, log_,
                             listen_at, [this] { stop(); }},
      std::move(endpoint));
}

void Daemon::stop() {
  if (std::exchange(stopping_, true)) return;
  log_.info("stopping");
  if (presence_) presence_->leaving();
  manager_.stopping();
  // Everything acknowledged is on disk; a remote that hangs must not delay the end.
  patience_.start(agent::process::kStopPatience, [this] {
    log_.warning(
        "some work in the background does not end; the agent exits without waiting for it");
    std::_Exit(0);
  });
  // Running snapshots finish, then open requests are answered as far as the time allows.
  agent_.stop([this] {
    listener_->stop(agent::process::kStopPatience / 5, [this] {
      signals_->close();
      if (presence_) presence_->close();
      loop_.stop();
    });
  });
}

void Daemon::reload() {
  // logrotate sends the same signal, and wants the log to be opened again.
  errands_.run(
      agent::loop::Pool::query,
      [this]() -> Result<void> { return log_file_ ? log_file_->reopen() : Result<void>(); },
      [this](const Result<void>& reopened) {
        if (!reopened)
          log_.error("cannot reopen the log; the agent keeps writing to the old file: {}",
                     reopened.error().message);
      });
  manager_.reloading(clock_.steady());
  agent_.reload([this](const Result<void>& reloaded) {
    if (!reloaded)
      log_.error("the configuration was refused, and the former one stays in effect: {}",
                 reloaded.error().message);
    manager_.ready("watching");
  });
}

// If the default socket cannot be used, as in another user's runtime directory, the agent listens
// at the spare one: clients find it through the lock.
Result<ipc::Endpoint> listen(const Premises& premises, const base::Log& log) {
  auto endpoint = ipc::Endpoint::listen(premises.socket);
  const std::string& spare = premises.spare_socket;
  if (endpoint || spare.empty() || spare == premises.socket ||
      endpoint.error().code == ErrorCode::busy)
    return endpoint;
  log.warning("{}; the agent listens at {} instead", endpoint.error().message, spare);
  return ipc::Endpoint::listen(spare);
}

Result<void> serve(Premises& premises, const agent::process::ManagerEnvironment& manager,
                   agent::process::Background& background) {
  const std::size_t descriptors = agent::process::raise_descriptor_limit();
  const base::SystemClock clock;
  VCS_ASSIGN(const auto instance,
             agent::process::become_single_instance(*premises.filesystem, premises.paths.data,
                                                    premises.socket, clock));
  const base::Log log = agent::process::make_log(manager.journal, background.log());
  agent::process::set_log_level(premises.loaded.settings.agent.log_level);
  for (const std::string& warning : premises.loaded.warnings) log.warning("{}", warning);
  VCS_ASSIGN(ipc::Endpoint endpoint, listen(premises, log));
  Daemon daemon(premises, *instance, manager, clock, log, background.log(), descriptors);
  return daemon.run(std::move(endpoint), [&] { background.ready(); });
}

Result<void> run(const agent::process::CommandLine& line,
                 const agent::process::ManagerEnvironment& manager) {
  agent::process::make_signals_and_streams_safe();
  umask(0077);
  VCS_ASSIGN(Premises premises, settle_premises(line));
  agent::process::Background background;
  if (!line.foreground && !manager.managed) {
    agent::process::leave_starter_behind();
    VCS_ASSIGN(background,
               agent::process::Background::enter(premises.paths.logs, *premises.filesystem));
  }
  auto done = serve(premises, manager, background);
  if (!done) background.failed(done.error());
  return done;
}

int complain(const Error& error, const agent::process::ManagerEnvironment& manager) {
  // Only the first line: the manager would take a second line as another message.
  agent::process::tell_service_manager(
      manager.notify_socket, "STATUS=" + error.message.substr(0, error.message.find('\n')));
  std::fprintf(stderr, "vcsd: %s\n", error.message.c_str());
  return error.code == ErrorCode::busy ? kRunsAlready : kFailed;
}

}  // namespace

int main(int argc, char** argv) {
  agent::process::bound_kept_memory();
  const agent::process::CommandLine line = agent::process::parse_command_line(argc, argv);
  const agent::process::ManagerEnvironment manager = agent::process::take_manager_environment();
  try {
    const auto done = run(line, manager);
    return done ? 0 : complain(done.error(), manager);
  } catch (const std::exception& problem) {
    // The standard library throws if there is no memory or no thread at the start.
    return complain({ErrorCode::unavailable,
                     std::string("cannot start: ") + problem.what() +
                         "; are the limits of the process too low (ulimit -a)?",
                     0},
                    manager);
  }
}
