// vcsd: reads its few options, makes the real clock, files, randomness and loop, and runs the agent
// until it is told to stop.
#include <fcntl.h>
#include <getopt.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#ifdef __linux__
#include <linux/capability.h>
#include <sys/prctl.h>
#endif
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <thread>

#include "agent/agent.hpp"
#include "agent/listener.hpp"
#include "agent/logging.hpp"
#include "agent/service/agent_service.hpp"
#include "agent/service_manager.hpp"
#include "agent/uv_event_loop.hpp"
#include "agent/version.hpp"
#include "agent/watched_summary.hpp"
#include "config/load.hpp"
#include "core/base/background_priority.hpp"
#include "core/base/held_lock.hpp"
#include "ipc/endpoint.hpp"

extern char** environ;

namespace {

using namespace vcs;

constexpr base::Nanos kStopPatience = std::chrono::milliseconds(4500);
// For the agent before this one, which may have been told to stop and takes its time.
constexpr base::Nanos kPredecessorPatience = 2 * kStopPatience;
constexpr base::Nanos kPredecessorPoll = std::chrono::milliseconds(20);
// A client that reads slowly holds one while its answer streams.
constexpr std::size_t kQueryThreads = 16;
constexpr rlim_t kWantedDescriptors = 65'536;
constexpr std::size_t kFewestDescriptors = 256;  // that any system gives
constexpr std::size_t kDescriptorsForSaves = 4096;
// A log that has grown past it is put aside at the next start, in place of the one before.
constexpr std::uint64_t kLargestLog = 16u << 20;

constexpr const char* kUsage =
    "Usage: vcsd [--home DIR] [--foreground]\n"
    "\n"
    "Watches folders and turns every save into a durable snapshot. Speak to it with vcsctl.\n"
    "\n"
    "  --home DIR     everything lives below DIR (configuration, socket, repositories)\n"
    "  --foreground   stay in the foreground and log to the terminal\n"
    "  --version      print the version and leave\n"
    "  --help         print this and leave\n"
    "\n"
    "Without --foreground it goes to the background and logs to logs/vcsd.log.\n";

struct CommandLine {
  std::optional<std::string> home;
  bool foreground = false;
};

// Exits for --help, --version and mistakes.
CommandLine parse_command_line(int argc, char** argv) {
  static const option options[] = {{"home", required_argument, nullptr, 'h'},
                                   {"foreground", no_argument, nullptr, 'f'},
                                   {"version", no_argument, nullptr, 'v'},
                                   {"help", no_argument, nullptr, '?'},
                                   {nullptr, 0, nullptr, 0}};
  CommandLine line;
  opterr = 0;
  for (int c; (c = getopt_long(argc, argv, "", options, nullptr)) != -1;) {
    if (c == 'h') {
      line.home = optarg;
    } else if (c == 'f') {
      line.foreground = true;
    } else if (c == 'v') {
      std::printf("vcsd %s\n", agent::kVersion);
      std::exit(0);
    } else {
      const bool asked = optopt == 0 && std::string_view(argv[optind - 1]) == "--help";
      std::fputs(kUsage, asked ? stdout : stderr);
      std::exit(asked ? 0 : 2);
    }
  }
  if (optind < argc) {
    std::fprintf(stderr, "vcsd: unexpected argument '%s'\n%s", argv[optind], kUsage);
    std::exit(2);
  }
  return line;
}

int complain(const base::Error& error) {
  std::fprintf(stderr, "vcsd: %s\n", error.message.c_str());
  return 1;
}

// Root can, unless its service manager took that right away; inside a user namespace, where other
// people's files seem to be nobody's, it has.
bool may_give_files_away() {
#ifdef __linux__
  if (::prctl(PR_CAPBSET_READ, CAP_CHOWN) == 0) return false;
#endif
  return ::geteuid() == 0;
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

// Each watched folder, client and open pack takes one. What we may have in the end.
std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return kFewestDescriptors;
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = std::min(std::max(limit.rlim_cur, kWantedDescriptors), limit.rlim_max);
  return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before;
}

// However many clients come, saves need descriptors, too.
std::size_t descriptors_for_clients(std::size_t all) {
  return all - std::min(all / 2, kDescriptorsForSaves);
}

// The C library keeps an arena for each thread that ever allocated, and what is freed in one of
// them stays with the process. Two arenas are enough for the few threads that work at once; buffers
// the size of a pack are mapped, so that they are gone when they are freed.
void bound_kept_memory() {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  mallopt(M_TRIM_THRESHOLD, 4 << 20);
#endif
}

// The parent leaves when the child listens, so that whoever started the agent can speak to it at
// once.
base::Result<int> go_to_background(const std::string& logs, base::FileSystem& filesystem) {
  VCS_TRY(filesystem.make_directories(logs));
  const std::string log_path = logs + "/vcsd.log";
  const auto size = filesystem.stat(log_path);
  if (size && size->size > kLargestLog)
    (void)std::rename(log_path.c_str(), (log_path + ".1").c_str());
  const int log =
      ::open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (log < 0) return base::fail_errno(errno, "opening " + log_path);
  int ready[2];
  if (pipe2(ready, O_CLOEXEC) != 0) return base::fail_errno(errno, "making a pipe");
  const pid_t child = fork();
  if (child < 0) return base::fail_errno(errno, "starting a process");
  if (child > 0) {
    close(ready[1]);
    char told = 1;
    while (read(ready[0], &told, 1) < 0 && errno == EINTR) {
    }
    if (told != 0) std::fprintf(stderr, "vcsd: did not start; see %s\n", log_path.c_str());
    _exit(told);
  }
  setsid();
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  dup2(nothing, STDIN_FILENO);
  dup2(nothing, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  return ready[1];
}

// One agent for each home. Waits for one that is about to leave, or has not begun to listen.
base::Result<std::unique_ptr<base::File>> become_single_instance(base::Directory& data,
                                                                 const std::string& socket,
                                                                 const base::Clock& clock) {
  const base::SteadyNanos deadline = clock.steady() + kPredecessorPatience.count();
  for (;;) {
    auto lock = base::hold_lock(data, config::kAgentLock, agent::holder_text());
    if (lock || lock.error().code != base::ErrorCode::busy) return lock;
    const std::string& holder = lock.error().message;
    const bool stays = !holder.ends_with(config::kStoppingMark) &&
                       ipc::connect_endpoint(clock, socket, kPredecessorPatience).has_value();
    if (stays)
      return base::fail(base::ErrorCode::busy, "{} runs here already; stop it with: vcsctl stop",
                        holder);
    if (clock.steady() >= deadline)
      return base::fail(base::ErrorCode::busy,
                        "{} holds {} and neither answers nor leaves; end that process, then start "
                        "again",
                        holder, config::kAgentLock);
    std::this_thread::sleep_for(kPredecessorPoll);
  }
}

// So that whoever starts meanwhile knows that waiting is worth it.
void mark_as_stopping(base::File& instance) {
  (void)instance.write_at(base::as_bytes(config::kStoppingMark), agent::holder_text().size());
}

void tell_parent(int pipe) {
  const char fine = 0;
  if (pipe >= 0) {
    (void)!write(pipe, &fine, 1);
    close(pipe);
  }
}

// SIGTERM and SIGINT stop, SIGHUP reads the configuration again.
class Signals {
 public:
  Signals(uv_loop_t* loop, std::function<void()> stop, std::function<void()> reload)
      : stop_(std::move(stop)), reload_(std::move(reload)) {
    const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
    for (std::size_t i = 0; i < 3; ++i) {
      uv_signal_init(loop, &handles_[i]);
      handles_[i].data = this;
      uv_signal_start(
          &handles_[i],
          [](uv_signal_t* handle, int number) {
            auto* self = static_cast<Signals*>(handle->data);
            number == SIGHUP ? self->reload_() : self->stop_();
          },
          numbers[i]);
    }
  }
  void close() {
    for (uv_signal_t& handle : handles_) uv_close(reinterpret_cast<uv_handle_t*>(&handle), nullptr);
  }

 private:
  std::function<void()> stop_, reload_;
  uv_signal_t handles_[3];
};

agent::Workers workers_of(const config::CoreSettings& core) {
  if (core.workers > 0) return {static_cast<std::size_t>(core.workers), true};
  return {std::max(1u, std::thread::hardware_concurrency()), false};
}

// A snapshot may find that more threads than cores pay, where a disk answers late. Those that are
// not wanted sleep.
std::size_t compute_threads(const agent::Workers& workers) {
  return workers.pinned ? workers.count : 2 * workers.count;
}

base::Result<void> run(const CommandLine& line) {
  const config::Environment environment = config::environment_from(environ);
  const auto filesystem = base::make_posix_filesystem();
  VCS_ASSIGN(const std::string here, filesystem->canonical("."));
  VCS_ASSIGN(const config::Paths paths, config::resolve_paths(environment, line.home, here));
  VCS_ASSIGN(config::Loaded loaded, config::load(paths, environment, *filesystem));
  VCS_ASSIGN(const std::string socket, config::socket_path(paths, loaded.settings.agent));
  VCS_ASSIGN(auto data, filesystem->make_directories(paths.data));
  umask(0077);
  const std::size_t descriptors = raise_descriptor_limit();

  int parent = -1;
  const bool managed = !variable("NOTIFY_SOCKET").empty();
  if (!line.foreground && !managed) {
    VCS_ASSIGN(parent, go_to_background(paths.logs, *filesystem));
  }
  const base::SystemClock clock;
  VCS_ASSIGN(const auto instance, become_single_instance(*data, socket, clock));
  const base::Log log = agent::make_log(!variable("JOURNAL_STREAM").empty());
  agent::set_log_level(loaded.settings.agent.log_level);
  for (const std::string& warning : loaded.warnings) log.warning("{}", warning);
  VCS_ASSIGN(ipc::Endpoint endpoint, ipc::Endpoint::listen(socket));

  base::SystemRandom random;
  const agent::Workers workers = workers_of(loaded.settings.core);
  base::ThreadPool compute(compute_threads(workers), "vcsd-compute");
  base::ThreadPool query(kQueryThreads, "vcsd-query");
  base::ThreadPool remote(4, "vcsd-remote");
  base::ThreadPool maintenance(1, "vcsd-idle");
  base::ThreadPool audit(1, "vcsd-audit");
  for (base::ThreadPool* pool : {&maintenance, &audit})
    pool->submit([] { base::use_background_priority(); });
  agent::UvEventLoop loop({compute, query, remote, maintenance, audit});
  agent::ServiceManager manager(
      loop, variable("NOTIFY_SOCKET"),
      std::chrono::microseconds(std::atoll(variable("WATCHDOG_USEC").c_str()) / 2));
  const double watch_share = static_cast<double>(loaded.settings.watch.watch_limit_share) / 100.0;
  const std::size_t wanted_clients = static_cast<std::size_t>(loaded.settings.agent.max_clients);
  const agent::ListenerOptions listener_options{
      std::min(wanted_clients, descriptors_for_clients(descriptors)), {}};
  agent::Agent::Parts parts{
      loop,
      *filesystem,
      clock,
      random,
      log,
      compute,
      workers,
      may_give_files_away(),
      agent::watch::make_system_watchers(log, watch_share),
      agent::probe_system_storage,
      [&] { return config::load(paths, environment, *filesystem); },
      [](const config::Settings& settings) { agent::set_log_level(settings.agent.log_level); }};
  agent::Agent agent(std::move(parts), paths, std::move(loaded));

  std::unique_ptr<agent::Listener> listener;
  std::optional<Signals> signals;
  bool stopping = false;
  const auto stop = [&] {
    if (std::exchange(stopping, true)) return;
    log.info("stopping");
    loop.run_in_background(
        agent::Pool::query, [&] { mark_as_stopping(*instance); }, [] {});
    manager.stopping();
    // Everything acknowledged is on disk; a remote that hangs must not keep us.
    loop.call_after(kStopPatience, [&] {
      log.warning("something does not come back; leaving without it");
      std::_Exit(0);
    });
    // Requests are answered as far as the time allows, then snapshots finish.
    agent.stop([&] {
      listener->stop(kStopPatience / 5, [&] {
        signals->close();
        loop.stop();
      });
    });
  };
  agent::service::AgentService service(agent, stop);
  VCS_ASSIGN(listener, agent::Listener::start(loop.uv(), endpoint.take_socket(), service, log,
                                              listener_options));
  signals.emplace(loop.uv(), stop, [&] {
    manager.reloading(clock.steady());
    agent.reload([&](const base::Result<void>& reloaded) {
      if (!reloaded) log.error("the configuration is kept as it was: {}", reloaded.error().message);
      manager.ready("watching");
    });
  });
  if (auto started = agent.start(); !started) {
    // Nothing is watched yet, but handles must be closed on a turning loop.
    stop();
    loop.run();
    return started;
  }
  log.info("vcsd {} listens on {}", agent::kVersion, endpoint.path());
  tell_parent(parent);
  manager.ready(fmt::format("watching {} folders", agent.repositories().size()));
  loop.run();
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  bound_kept_memory();
  const CommandLine line = parse_command_line(argc, argv);
  const auto done = run(line);
  return done ? 0 : complain(done.error());
}
