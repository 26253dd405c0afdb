// SPDX-License-Identifier: Apache-2.0
// vcsctl doctor, reload and version: the agent itself.
#include <fmt/format.h>

#include "cli/agent/session_start.hpp"
#include "cli/commands/commands.hpp"
#include "cli/version.hpp"
#include "ipc/client.hpp"
#include "ipc/messages/agent.hpp"

namespace vcs::cli {

namespace {

std::string check_text(const ipc::DoctorCheck& check, const Style& style) {
  const std::string result = fmt::format("{:<7}", std::string(base::name_of(check.result)));
  std::string out = check.result == ipc::CheckResult::ok        ? style.good(result)
                    : check.result == ipc::CheckResult::warning ? style.warning(result)
                                                                : style.bad(result);
  out += "  " + escaped(check.name);
  if (!check.detail.empty()) out += ": " + escaped_text(check.detail);
  out += "\n";
  if (!check.advice.empty()) out += "         " + escaped_text(check.advice) + "\n";
  return out;
}

ipc::DoctorCheck check_start(const Context& context) {
  if (starts_with_session(context))
    return {"starts with your session", ipc::CheckResult::ok, "", ""};
  return {"starts with your session", ipc::CheckResult::warning,
          "after the next start of the machine nothing is saved until vcsctl is called",
          "vcsctl service install"};
}

}  // namespace

Outcome run_doctor(Context& context) {
  VCS_ASSIGN(ipc::Client client, context.connect());
  VCS_ASSIGN(ipc::DoctorResponse found, client.call<ipc::Doctor>({}));
  // This command's environment gives the place of the units; the agent's may differ.
  found.checks.push_back(check_start(context));
  if (context.json()) context.print_json(found);
  bool error = false;
  for (const auto& check : found.checks) {
    error = error || check.result == ipc::CheckResult::error;
    if (!context.json()) context.out().write(check_text(check, context.style()));
  }
  return error ? ExitStatus::attention : ExitStatus::done;
}

Outcome run_reload(Context& context) {
  VCS_ASSIGN(ipc::Client client, context.connect());
  VCS_ASSIGN(const ipc::Empty done, client.call<ipc::Reload>({}));
  context.json() ? context.print_json(done)
                 : context.out().write("the agent has read its configuration again\n");
  return ExitStatus::done;
}

Outcome run_version(Context& context) {
  const auto client = context.connect(Start::never);
  const bool none = !client && client.error().code == ErrorCode::unavailable;
  const std::string trouble = client || none ? std::string() : client.error().message;
  const ExitStatus status = trouble.empty() ? ExitStatus::done : ExitStatus::attention;
  if (context.json()) {
    JsonObject versions;
    versions.field("vcsctl", version()).field("agent", client ? &client->agent() : nullptr);
    if (!trouble.empty()) versions.field("trouble", trouble);
    context.print_json(versions);
    return status;
  }
  context.out().write(fmt::format("vcsctl {}\n", version()));
  context.out().write(client ? fmt::format("vcsd {} (process {})\n",
                                           escaped(client->agent().version), client->agent().pid)
                      : none ? std::string("vcsd: no agent runs\n")
                             : fmt::format("vcsd: {}\n", escaped_text(trouble)));
  return status;
}

}  // namespace vcs::cli
