// SPDX-License-Identifier: Apache-2.0
// vcsctl stop: stops the agent, with --sync only after everything is saved and copied.
#include <fmt/format.h>

#include "cli/agent/agent_stopper.hpp"
#include "cli/agent/awaited_status.hpp"
#include "cli/commands/commands.hpp"
#include "cli/render/status.hpp"
#include "cli/render/unsaved.hpp"
#include "ipc/client.hpp"
#include "ipc/messages/status.hpp"

namespace vcs::cli {
namespace {

// Long enough to copy the saves of an hour, short enough for a person who waits.
constexpr base::Nanos kPatience = std::chrono::minutes(10);

// Lists what would be lost with this machine, one item on each line.
std::vector<std::string> not_safe(const ipc::StatusResponse& status, const Style& style) {
  std::vector<std::string> lines;
  for (const ipc::RepositoryStatus& repository : status.repositories) {
    const std::string name = escaped(repository.name);
    if (repository.state == ipc::RepositoryState::suspended ||
        repository.state == ipc::RepositoryState::error)
      lines.push_back(
          fmt::format("{} is not being saved: {}\n", name, escaped_text(repository.reason)));
    if (repository.problem_count != 0)
      lines.push_back(name + ": " + unsaved_summary(repository.problems, repository.problem_count) +
                      "\n" + unsaved_lines(repository.problems, repository.problem_count, style));
  }
  for (const ipc::UnsyncedRemote& remote : status.unsynced)
    lines.push_back(fmt::format("{}/{} has not got everything: {}\n", escaped(remote.repository),
                                escaped(remote.remote), escaped_text(remote.reason)));
  return lines;
}

std::string end_text(const ipc::StatusResponse& status) {
  std::string here_only;
  for (const ipc::RepositoryStatus& repository : status.repositories)
    if (!has_copies(repository))
      here_only += fmt::format("note: {} is on this machine only\n", escaped(repository.name));
  return here_only + "everything is saved and copied; the agent has stopped\n";
}

void print_end(const Context& context, bool stopped, const ipc::StatusResponse* status,
               const std::string& text) {
  if (!context.json()) return context.out().write(text);
  if (status == nullptr) return context.print_json(ipc::Empty{});
  context.print_json(JsonObject().field("stopped", stopped).field("status", *status));
}

Outcome stop_when_synced(Context& context, ipc::Client& client) {
  ipc::StatusRequest request{"", true, true, 0};
  VCS_ASSIGN(request.patience_seconds, patience(context, kPatience));
  VCS_ASSIGN(const ipc::StatusResponse status, status_when_asked(context, client, request));
  std::string text;
  const auto lines = not_safe(status, context.style());
  for (const std::string& line : lines) text += context.style().bad("!") + " " + line;
  const bool stops = lines.empty() || context.line().has("--anyway");
  if (stops) VCS_TRY(stop_agent(context, client));
  text += !stops ? "the agent goes on, and keeps trying; to stop it all the same: vcsctl stop\n"
          : lines.empty() ? end_text(status)
                          : "the agent has stopped all the same\n";
  print_end(context, stops, &status, text);
  return lines.empty() ? ExitStatus::done : ExitStatus::attention;
}

}  // namespace

Outcome run_stop(Context& context) {
  const bool sync = context.line().has("--sync");
  auto client = context.connect(Start::never);
  if (!client && client.error().code != ErrorCode::unavailable)
    return tl::unexpected(client.error());
  if (client && sync) return stop_when_synced(context, *client);
  if (client) VCS_TRY(stop_agent(context, *client));
  const std::string none = sync ? "no agent runs, so nobody knows whether everything is copied; "
                                  "to find out: vcsctl status --wait --synced\n"
                                : "no agent runs\n";
  print_end(context, false, nullptr, client ? "the agent has stopped\n" : none);
  return sync ? ExitStatus::attention : ExitStatus::done;
}

}  // namespace vcs::cli
