// SPDX-License-Identifier: Apache-2.0
// vcsctl events: prints events as they happen.
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/repository_choice.hpp"
#include "ipc/client.hpp"
#include "ipc/messages/agent.hpp"
#include "ipc/messages/repositories.hpp"

namespace vcs::cli {

Outcome run_events(Context& context) {
  VCS_ASSIGN(ipc::Client client, context.connect());
  ipc::EventsRequest request;
  if (context.line().has("--repository")) {
    VCS_ASSIGN(const ipc::RepositoryInfo repository, choose_repository(context, client));
    request.repository = repository.name;
  }
  Result<void> printed;
  const auto print = [&](const ipc::EventInfo& event) {
    if (context.json()) {
      context.print_json(event);
    } else {
      context.out().write(
          fmt::format("{}  {:<8}  {}  {}\n", date_and_time(event.time), escaped(event.event),
                      context.style().strong(escaped(event.repository)), escaped_text(event.text)));
    }
    printed = context.out().flush();
    return printed.has_value();
  };
  const auto ended = client.stream<ipc::Events>(request, print);
  VCS_TRY(printed);
  // Ctrl-C is the usual way to end this command.
  if (context.cancelled()) return ExitStatus::interrupted;
  if (!ended) return tl::unexpected(ended.error());
  return ExitStatus::done;
}

}  // namespace vcs::cli
