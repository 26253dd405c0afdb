// SPDX-License-Identifier: Apache-2.0
// vcsctl status: says whether everything is safe.
#include "cli/render/status.hpp"

#include "cli/agent/awaited_status.hpp"
#include "cli/commands/commands.hpp"
#include "cli/repository_choice.hpp"
#include "config/load.hpp"
#include "ipc/client.hpp"
#include "ipc/messages/repositories.hpp"

namespace vcs::cli {

Outcome run_status(Context& context) {
  VCS_ASSIGN(ipc::Client client, context.connect());
  // If the file is broken, a running agent keeps its settings; this command judges by the defaults.
  const config::Loaded loaded = context.configuration().value_or(config::Loaded{});
  ipc::StatusRequest request;
  request.wait = context.line().has("--wait");
  if (context.line().has("FOLDER") || context.line().has("--repository")) {
    VCS_ASSIGN(const ipc::RepositoryInfo repository, choose_repository(context, client));
    request.repository = repository.name;
  }
  request.synced = context.line().has("--synced");
  request.wait = request.wait || request.synced;
  VCS_ASSIGN(request.patience_seconds, patience(context, {}));
  VCS_ASSIGN(const ipc::StatusResponse status, status_when_asked(context, client, request));

  const BehindLimit limit = [&](const std::string& repository) {
    return base::in_seconds(loaded.for_repository(repository).sync.behind_warning);
  };
  if (context.json()) {
    context.print_json(status);
  } else {
    context.out().write(status_text(status, limit, context.clock().now(), context.style(),
                                    context.terminal().width_of_out()));
  }
  return attention(status, limit).empty() ? ExitStatus::done : ExitStatus::attention;
}

}  // namespace vcs::cli
