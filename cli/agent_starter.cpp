// SPDX-License-Identifier: Apache-2.0
// Starts vcsd and waits until it listens.
#include "cli/agent_starter.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

#include <cerrno>
#include <chrono>
#include <thread>

extern char** environ;

namespace vcs::cli {

using base::ErrorCode;
using base::Result;

namespace {

constexpr base::Nanos kStartPatience = std::chrono::seconds(10);
constexpr base::Nanos kPollInterval = std::chrono::milliseconds(20);
constexpr const char* kAgentName = "vcsd";

// Waits for the agent's own parent process, which leaves when the agent listens or has failed.
Result<void> run_agent(const std::string& program, const std::optional<std::string>& home,
                       const std::string& log) {
  std::string option = "--home", value = home.value_or(""), name = kAgentName;
  char* arguments[] = {name.data(), option.data(), value.data(), nullptr};
  if (!home) arguments[1] = nullptr;
  pid_t child = 0;
  const int error = posix_spawn(&child, program.c_str(), nullptr, nullptr, arguments, environ);
  if (error != 0) return base::fail_errno(error, "starting " + program);
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return base::fail_errno(errno, "waiting for " + program);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return base::fail(ErrorCode::unavailable, "the agent did not start; {} says why", log);
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
  return base::fail(ErrorCode::not_found,
                    "no agent runs, and the program {} is neither beside {} nor on PATH",
                    kAgentName, own.empty() ? "vcsctl" : own);
}

Result<ipc::Client> connect_to_agent(const base::Clock& clock, base::FileSystem& filesystem,
                                     const config::Environment& environment,
                                     const config::Paths& paths,
                                     const std::optional<std::string>& home, Start start) {
  const auto loaded = config::load(paths, environment, filesystem);
  VCS_ASSIGN(const std::string socket,
             config::socket_path(paths, loaded ? loaded->settings.agent : config::AgentSettings{}));
  auto client = ipc::Client::connect(clock, socket, {});
  if (client || client.error().code != ErrorCode::unavailable) return client;
  // A running agent keeps the configuration that it could read; a new one could not start.
  if (!loaded) return tl::unexpected(loaded.error());
  if (start == Start::never)
    return base::fail(ErrorCode::unavailable, "no agent runs (nobody listens at {})", socket);

  const std::string log = paths.logs + "/vcsd.log";
  VCS_ASSIGN(const std::string program, find_agent_program(environment));
  const auto started = run_agent(program, home, log);
  // Somebody else may have started one at the same time: then ours has left when theirs answered.
  const base::SteadyNanos deadline = clock.steady() + (started ? kStartPatience.count() : 0);
  do {
    client = ipc::Client::connect(clock, socket, {});
    if (client || client.error().code != ErrorCode::unavailable) return client;
    std::this_thread::sleep_for(kPollInterval);
  } while (clock.steady() < deadline);
  if (!started) return tl::unexpected(started.error());
  return base::fail(ErrorCode::unavailable,
                    "the agent was started, but does not answer at {}; {} says why", socket, log);
}

}  // namespace vcs::cli
