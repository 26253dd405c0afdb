// SPDX-License-Identifier: Apache-2.0
// vcsctl doctor, reload, stop and version: the agent itself.
#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "cli/commands/commands.hpp"
#include "cli/version.hpp"

namespace vcs::cli {

using base::ErrorCode;

namespace {

std::string check_text(const ipc::DoctorCheck& check, const Style& style) {
  const std::string result = fmt::format("{:<7}", escaped(check.result));
  std::string out = check.result == "ok"        ? style.good(result)
                    : check.result == "warning" ? style.warning(result)
                                                : style.bad(result);
  out += "  " + escaped(check.name);
  if (!check.detail.empty()) out += ": " + escaped_text(check.detail);
  out += "\n";
  if (!check.advice.empty()) out += "         " + escaped_text(check.advice) + "\n";
  return out;
}

// Longer than an agent gives itself to end what it is at.
constexpr base::Nanos kStopPatience = std::chrono::seconds(10);
constexpr base::Nanos kStopPoll = std::chrono::milliseconds(10);

// An agent holds its lock to the very end, so that a free lock means that it is gone.
base::Result<void> wait_until_gone(const Context& context) {
  VCS_ASSIGN(const config::Paths paths, context.paths());
  const auto data = context.filesystem().open_directory(paths.data);
  if (!data) return {};
  const base::SteadyNanos deadline = context.clock().steady() + kStopPatience.count();
  for (;;) {
    const auto lock = (*data)->lock_file(config::kAgentLock);
    if (lock || lock.error().code != ErrorCode::busy) return {};
    if (context.cancelled()) return base::fail(ErrorCode::cancelled, "the agent is still stopping");
    if (context.clock().steady() >= deadline)
      return base::fail(ErrorCode::unavailable,
                        "the agent was told to stop, but has not ended within 10 s; {}/vcsd.log "
                        "says what it is at",
                        paths.logs);
    std::this_thread::sleep_for(kStopPoll);
  }
}

}  // namespace

Outcome run_doctor(Context& context) {
  VCS_ASSIGN(ipc::Client client, context.connect());
  VCS_ASSIGN(const ipc::DoctorResponse found, client.call(ipc::methods::doctor, {}));
  if (context.json()) context.print_json(found);
  bool error = false;
  for (const auto& check : found.checks) {
    error = error || check.result == "error";
    if (!context.json()) context.out().write(check_text(check, context.style()));
  }
  return error ? ExitStatus::attention : ExitStatus::done;
}

Outcome run_reload(Context& context) {
  VCS_ASSIGN(ipc::Client client, context.connect());
  VCS_ASSIGN(const ipc::Empty done, client.call(ipc::methods::reload, {}));
  context.json() ? context.print_json(done)
                 : context.out().write("the agent has read its configuration again\n");
  return ExitStatus::done;
}

Outcome run_stop(Context& context) {
  auto client = context.connect(Start::never);
  if (!client && client.error().code != ErrorCode::unavailable)
    return tl::unexpected(client.error());
  const bool runs = client.has_value();
  if (runs) {
    VCS_TRY(client->call(ipc::methods::stop, {}));
    VCS_TRY(wait_until_gone(context));
  }
  if (context.json()) {
    context.print_json(ipc::Empty{});
  } else {
    context.out().write(runs ? "the agent has stopped\n" : "no agent runs\n");
  }
  return ExitStatus::done;
}

Outcome run_version(Context& context) {
  const auto client = context.connect(Start::never);
  if (!client && client.error().code != ErrorCode::unavailable)
    return tl::unexpected(client.error());
  if (context.json()) {
    std::string out = "{\"vcsctl\":";
    ipc::encode_text_to(out, version());
    out += ",\"agent\":" + (client ? ipc::encode(client->agent()) : std::string("null"));
    context.out().write(out + "}\n");
    return ExitStatus::done;
  }
  context.out().write(fmt::format("vcsctl {}\n", version()));
  context.out().write(client ? fmt::format("vcsd {} (process {})\n",
                                           escaped(client->agent().version), client->agent().pid)
                             : std::string("vcsd: no agent runs\n"));
  return ExitStatus::done;
}

}  // namespace vcs::cli
