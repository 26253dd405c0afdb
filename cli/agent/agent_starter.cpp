// SPDX-License-Identifier: Apache-2.0
// Starts vcsd and waits until it listens.
#include "cli/agent/agent_starter.hpp"

#include "cli/agent/agent_finder.hpp"
#include "cli/agent/service_manager.hpp"
#include "config/load.hpp"

#include <unistd.h>
#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

#include <chrono>
#include <thread>

namespace vcs::cli {

namespace {

constexpr base::Nanos kStartPatience = std::chrono::seconds(10);
constexpr base::Nanos kPollInterval = std::chrono::milliseconds(20);
constexpr const char* kAgentName = "vcsd";

// The agent's error text, without the program's name in front.
std::string complaint(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  const std::string name = std::string(kAgentName) + ": ";
  return text.starts_with(name) ? text.substr(name.size()) : text;
}

// Runs the agent's program and waits for its first process, which exits when the agent listens or
// has failed.
Result<void> run_agent(const std::string& program, const std::optional<std::string>& home,
                       const config::Environment& environment, const std::string& log) {
  CommandLine line{program};
  if (home) line.insert(line.end(), {"--home", *home});
  VCS_ASSIGN(const Ran ran, run_program(line, environment));
  if (ran.status == 0) return {};
  const std::string why = complaint(ran.err);
  return why.empty() ? fail(ErrorCode::unavailable, "the agent did not start; {} says why", log)
                     : fail(ErrorCode::unavailable, "the agent did not start: {}", why);
}

// Starts the service that is installed for this home, because a separate agent would keep it from
// starting. nullopt if none is installed, or its manager cannot be reached from here.
std::optional<Result<void>> start_service(const config::Environment& environment,
                                          base::FileSystem& filesystem, const config::Paths& paths,
                                          bool home_given) {
  const auto manager = ServiceManager::of(environment, filesystem);
  if (!manager || !manager->has_unit_for(service_home(environment, paths, home_given)) ||
      !manager->state())
    return std::nullopt;
  return manager->start();
}

Result<void> start_agent(const config::Environment& environment, base::FileSystem& filesystem,
                         const config::Paths& paths, const std::optional<std::string>& home,
                         const std::string& log) {
  if (auto started = start_service(environment, filesystem, paths, home.has_value()))
    return *std::move(started);
  VCS_ASSIGN(const std::string program, find_agent_program(environment));
  return run_agent(program, home, environment, log);
}

}  // namespace

std::string own_program() {
#ifdef __APPLE__
  char path[4096];
  std::uint32_t size = sizeof path;
  return _NSGetExecutablePath(path, &size) == 0 ? std::string(path) : std::string();
#else
  char path[4096];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  return length > 0 ? std::string(path, static_cast<std::size_t>(length)) : std::string();
#endif
}

Result<std::string> find_agent_program(const config::Environment& environment) {
  const std::string own = own_program();
  std::string folders = own.substr(0, own.rfind('/') == std::string::npos ? 0 : own.rfind('/'));
  if (const auto path = environment.find("PATH"); path != environment.end())
    folders += (folders.empty() ? "" : ":") + path->second;
  for (std::size_t begin = 0; begin <= folders.size();) {
    const std::size_t end = std::min(folders.find(':', begin), folders.size());
    const std::string candidate = folders.substr(begin, end - begin) + "/" + kAgentName;
    if (candidate.starts_with('/') && access(candidate.c_str(), X_OK) == 0) return candidate;
    begin = end + 1;
  }
  return fail(ErrorCode::not_found,
              "no agent runs, and the program {} is neither beside {} nor on PATH", kAgentName,
              own.empty() ? "vcsctl" : own);
}

Result<ipc::Client> connect_to_agent(const base::Clock& clock, base::FileSystem& filesystem,
                                     const config::Environment& environment,
                                     const config::Paths& paths,
                                     const std::optional<std::string>& home, Start start) {
  const auto loaded = config::load(paths, environment, filesystem);
  VCS_ASSIGN(const std::string socket,
             config::socket_path(paths, loaded ? loaded->settings.agent : config::AgentSettings{}));
  const std::string log = paths.logs + "/vcsd.log";
  const bool of_session = socket == paths.socket && !socket.starts_with(paths.data + "/");
  const AgentPlaces places{socket, paths.data, log, of_session};
  auto client = find_agent(clock, places);
  if (client || client.error().code != ErrorCode::unavailable) return client;
  // A running agent keeps the last valid configuration; a new agent could not start with this one.
  if (!loaded) return tl::unexpected(loaded.error());
  if (start == Start::never)
    return fail(ErrorCode::unavailable, "no agent runs (nobody listens at {})", socket);

  const auto started = start_agent(environment, filesystem, paths, home, log);
  // Another command may have started an agent at the same time. Then ours has exited, and the other
  // one answers.
  const base::SteadyNanos deadline = clock.steady() + (started ? kStartPatience : base::Nanos(0));
  do {
    client = find_agent(clock, places);
    if (client || client.error().code != ErrorCode::unavailable) return client;
    std::this_thread::sleep_for(kPollInterval);
  } while (clock.steady() < deadline);
  if (!started) return tl::unexpected(started.error());
  return fail(ErrorCode::unavailable,
              "the agent was started, but does not answer at {}; {} says why", socket, log);
}

}  // namespace vcs::cli
