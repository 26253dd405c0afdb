// SPDX-License-Identifier: Apache-2.0
// vcsctl service: the agent starts with the person's session. Needs no agent.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "cli/agent_starter.hpp"
#include "cli/commands/commands.hpp"
#include "cli/path_mapping.hpp"
#include "cli/service_unit.hpp"

extern char** environ;

namespace vcs::cli {
namespace {

using base::ErrorCode;
using base::Result;
using CommandLine = std::vector<std::string>;

// The service manager of this system.
struct Manager {
  const char* name;
  std::string unit;  // path of our unit file
  std::vector<CommandLine> start, stop, forget;
  CommandLine ask;  // succeeds if the agent's service is active
};

std::string variable(const Context& context, const std::string& name) {
  const auto found = context.environment().find(name);
  return found == context.environment().end() ? std::string() : found->second;
}

Result<Manager> find_manager(const Context& context) {
  const std::string home = variable(context, "HOME");
  if (!home.starts_with('/'))
    return base::fail(ErrorCode::invalid, "HOME is not set; where should the unit go?");
#ifdef __APPLE__
  const std::string domain = fmt::format("gui/{}", getuid());
  const std::string unit = home + "/Library/LaunchAgents/dev.vcsd.agent.plist";
  const std::string service = domain + "/dev.vcsd.agent";
  return Manager{"launchd",
                 unit,
                 {{"launchctl", "bootstrap", domain, unit}},
                 {{"launchctl", "bootout", service}},
                 {},
                 {"launchctl", "print", service}};
#else
  std::string config = variable(context, "XDG_CONFIG_HOME");
  if (!config.starts_with('/')) config = home + "/.config";
  const CommandLine reload = {"systemctl", "--user", "daemon-reload"};
  return Manager{"systemd",
                 config + "/systemd/user/vcsd.service",
                 {reload, {"systemctl", "--user", "enable", "--now", "vcsd.service"}},
                 {{"systemctl", "--user", "disable", "--now", "vcsd.service"}},
                 {reload},
                 {"systemctl", "--user", "is-active", "--quiet", "vcsd.service"}};
#endif
}

// The exit status, or why the program could not run.
Result<int> run(CommandLine line) {
  std::vector<char*> arguments;
  for (std::string& word : line) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  const int error = posix_spawnp(&child, arguments[0], nullptr, nullptr, arguments.data(), environ);
  if (error != 0) return base::fail_errno(error, "running " + line[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return base::fail_errno(errno, "waiting for " + line[0]);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

Result<void> run_all(const std::vector<CommandLine>& lines, const Manager& manager) {
  for (const CommandLine& line : lines) {
    const auto status = run(line);
    if (status && *status == 0) continue;
    const std::string command = fmt::format("{}", fmt::join(line, " "));
    return base::fail(
        ErrorCode::unavailable,
        "{} did not take it ({}): does a {} of your own run? In a session that has "
        "one, run: {}",
        manager.name,
        status ? fmt::format("'{}' ended with {}", command, *status) : status.error().message,
        manager.name, command);
  }
  return {};
}

// The home that the service shall use: given, or set in the environment.
Result<std::optional<std::string>> service_home(const Context& context) {
  const bool given = context.line().has("--home");
  if (!given && variable(context, "VCSD_HOME").empty()) return std::nullopt;
  VCS_ASSIGN(const config::Paths paths, context.paths());
  return paths.data;
}

Result<std::string> unit_text(const Context& context) {
  VCS_ASSIGN(const std::string program, find_agent_program(context.environment()));
  VCS_ASSIGN(const auto home, service_home(context));
  const std::string folder = program.substr(0, program.rfind('/'));
#ifdef __APPLE__
  return launchd_plist(folder, home);
#else
  return systemd_unit(folder, home);
#endif
}

std::string commands_text(const std::vector<CommandLine>& lines) {
  std::string out;
  for (const CommandLine& line : lines) out += fmt::format("run    {}\n", fmt::join(line, " "));
  return out;
}

Result<void> write_unit(const Context& context, const std::string& path, const std::string& text) {
  const auto slash = path.rfind('/');
  VCS_ASSIGN(const auto folder, context.filesystem().make_directories(path.substr(0, slash), 0755));
  return base::replace_file(*folder, path.substr(slash + 1), base::as_bytes(text), 0644);
}

bool exists(const Context& context, const std::string& path) {
  return context.filesystem().stat(path).has_value();
}

}  // namespace

Outcome run_service_install(Context& context) {
  VCS_ASSIGN(const Manager manager, find_manager(context));
  VCS_ASSIGN(const std::string text, unit_text(context));
  if (context.line().has("--dry-run")) {
    context.out().write(
        fmt::format("write  {}\n\n{}\n{}", manager.unit, text, commands_text(manager.start)));
    return ExitStatus::done;
  }
  VCS_TRY(write_unit(context, manager.unit, text));
  if (!context.json()) context.out().write(fmt::format("wrote  {}\n", escaped(manager.unit)));
  VCS_TRY(context.out().flush());
  VCS_TRY(run_all(manager.start, manager));
  context.json() ? context.print_json(ipc::Empty{})
                 : context.out().write("the agent starts with your session from now on\n");
  return ExitStatus::done;
}

Outcome run_service_remove(Context& context) {
  VCS_ASSIGN(const Manager manager, find_manager(context));
  if (context.line().has("--dry-run")) {
    context.out().write(commands_text(manager.stop) +
                        fmt::format("remove {}\n", escaped(manager.unit)) +
                        commands_text(manager.forget));
    return ExitStatus::done;
  }
  if (!exists(context, manager.unit))
    return base::fail(ErrorCode::not_found, "{} does not exist: no service is installed",
                      escaped(manager.unit));
  const auto stopped = run_all(manager.stop, manager);
  if (::unlink(manager.unit.c_str()) != 0)
    return base::fail_errno(errno, "removing " + manager.unit);
  VCS_TRY(stopped);
  VCS_TRY(run_all(manager.forget, manager));
  context.json() ? context.print_json(ipc::Empty{})
                 : context.out().write("the agent no longer starts with your session\n");
  return ExitStatus::done;
}

Outcome run_service_status(Context& context) {
  VCS_ASSIGN(const Manager manager, find_manager(context));
  const bool installed = exists(context, manager.unit);
  const auto asked = installed ? run(manager.ask) : Result<int>(1);
  const bool active = asked && *asked == 0;
  if (context.json()) {
    std::string out = "{\"manager\":";
    ipc::encode_text_to(out, manager.name);
    out += ",\"unit\":";
    ipc::encode_text_to(out, manager.unit);
    out += fmt::format(",\"installed\":{},\"active\":{}}}\n", installed, active);
    context.out().write(out);
    return ExitStatus::done;
  }
  context.out().write(fmt::format("{}: {}\n", escaped(manager.unit),
                                  !installed ? "not installed; vcsctl service install does it"
                                  : active
                                      ? "installed, and the agent runs"
                                      : "installed, but the agent does not run as a service now"));
  return ExitStatus::done;
}

}  // namespace vcs::cli
