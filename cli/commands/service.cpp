// SPDX-License-Identifier: Apache-2.0
// vcsctl service: makes the agent start with the user's session. Needs no agent.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <cerrno>

#include "cli/agent/agent_starter.hpp"
#include "cli/agent/agent_stopper.hpp"
#include "cli/agent/service_manager.hpp"
#include "cli/agent/service_unit.hpp"
#include "cli/commands/commands.hpp"
#include "cli/path_mapping.hpp"
#include "ipc/client.hpp"
#include "ipc/messages/agent.hpp"

namespace vcs::cli {
namespace {

Result<ServiceManager> find_manager(const Context& context) {
  return ServiceManager::of(context.environment(), context.filesystem());
}

Result<std::string> unit_text(const Context& context) {
  VCS_ASSIGN(const std::string program, find_agent_program(context.environment()));
  VCS_ASSIGN(const config::Paths paths, context.paths());
  const auto home = service_home(context.environment(), paths, context.line().has("--home"));
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

// The text of the unit that is installed; nullopt if there is none.
std::optional<std::string> standing_unit(const Context& context, const ServiceManager& manager) {
  const auto real = context.filesystem().canonical(manager.unit());
  if (!real) return std::nullopt;
  const auto slash = real->rfind('/');
  const auto folder = context.filesystem().open_directory(real->substr(0, slash));
  if (!folder) return std::string();
  const auto bytes = base::read_file(**folder, real->substr(slash + 1), 1u << 20);
  return bytes ? std::string(base::as_text(*bytes)) : std::string();
}

// Removes a unit that does not work: commands would try the service and never start an agent.
void take_back(const ServiceManager& manager) {
  (void)manager.disable();
  manager.forget_by_hand();
  ::unlink(manager.unit().c_str());
  (void)manager.reload();
}

// The running agent, unless the service runs it.
Result<std::optional<ipc::Client>> agent_started_otherwise(const Context& context, pid_t service) {
  auto client = context.connect(Start::never);
  if (!client && client.error().code != ErrorCode::unavailable)
    return tl::unexpected(std::move(client).error());
  if (!client || client->agent().pid == static_cast<ipc::Count>(service)) return std::nullopt;
  return std::optional<ipc::Client>(*std::move(client));
}

void say(Context& context, const std::string& text) {
  if (!context.json()) context.out().write(text);
}

Result<void> check_that_it_answers(const Context& context, const ServiceManager& manager) {
  VCS_ASSIGN(const auto state, manager.state());
  VCS_ASSIGN(const ipc::Client client, context.connect(Start::never));
  if (state.process == 0 || client.agent().pid == static_cast<ipc::Count>(state.process)) return {};
  return fail(ErrorCode::unavailable,
              "the agent that answers (process {}) is not the one that {} started "
              "(process {})",
              client.agent().pid, manager.name(), state.process);
}

}  // namespace

Outcome run_service_install(Context& context) {
  VCS_ASSIGN(const ServiceManager manager, find_manager(context));
  VCS_ASSIGN(const std::string text, unit_text(context));
  if (context.line().has("--dry-run")) {
    context.out().write(fmt::format("write  {}\n\n{}\n{}", manager.unit(), text,
                                    commands_text(manager.start_commands())));
    return ExitStatus::done;
  }
  const auto before = manager.state();
  if (!before) return tl::unexpected(Error(before.error()).with_context("not installed"));
  const auto standing = standing_unit(context, manager);
  VCS_ASSIGN(auto other, agent_started_otherwise(context, before->process));
  VCS_TRY(write_unit(context, manager.unit(), text));
  say(context, fmt::format("wrote  {}\n", escaped(manager.unit())));
  if (other) {
    const auto process = other->agent().pid;
    VCS_TRY(stop_agent(context, *other));
    say(context, fmt::format("stopped the agent that was started otherwise (process {}); the "
                             "service takes its place\n",
                             process));
  }
  auto started = manager.enable();
  if (started)
    started = before->active && standing && *standing != text ? manager.restart() : manager.start();
  if (started) started = check_that_it_answers(context, manager);
  if (!started) {
    if (!standing) take_back(manager);
    if (other) (void)context.connect();  // an agent ran before, so start one again
    return tl::unexpected(std::move(started).error());
  }
  context.json() ? context.print_json(ipc::Empty{})
                 : context.out().write("the agent starts with your session from now on\n");
  return ExitStatus::done;
}

Outcome run_service_remove(Context& context) {
  VCS_ASSIGN(const ServiceManager manager, find_manager(context));
  if (context.line().has("--dry-run")) {
    context.out().write(commands_text(manager.stop_commands()) +
                        fmt::format("remove {}\n", escaped(manager.unit())) +
                        commands_text(manager.forget_commands()));
    return ExitStatus::done;
  }
  if (!standing_unit(context, manager))
    return fail(ErrorCode::not_found, "{} does not exist: no service is installed",
                escaped(manager.unit()));
  const auto stopped = manager.disable();
  manager.forget_by_hand();
  if (::unlink(manager.unit().c_str()) != 0)
    return base::fail_errno(errno, "removing " + manager.unit());
  VCS_TRY(stopped);
  VCS_TRY(manager.reload());
  context.json() ? context.print_json(ipc::Empty{})
                 : context.out().write("the agent no longer starts with your session\n");
  return ExitStatus::done;
}

Outcome run_service_status(Context& context) {
  VCS_ASSIGN(const ServiceManager manager, find_manager(context));
  const bool installed = standing_unit(context, manager).has_value();
  const auto asked = manager.state();
  const bool active = installed && asked && asked->active;
  if (context.json()) {
    context.print_json(JsonObject()
                           .field("manager", manager.name())
                           .field("unit", manager.unit())
                           .field("installed", installed)
                           .field("active", active));
    return ExitStatus::done;
  }
  context.out().write(fmt::format("{}: {}\n", escaped(manager.unit()),
                                  !installed ? "not installed; vcsctl service install does it"
                                  : active
                                      ? "installed, and the agent runs"
                                      : "installed, but the agent does not run as a service now"));
  return ExitStatus::done;
}

}  // namespace vcs::cli
