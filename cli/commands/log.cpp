// SPDX-License-Identifier: Apache-2.0
// vcsctl log: lists commits, the newest first.
#include "cli/commands/commands.hpp"
#include "cli/named_commit.hpp"
#include "cli/render/changes.hpp"
#include "cli/render/json.hpp"
#include "cli/repository_choice.hpp"
#include "ipc/client.hpp"
#include "ipc/messages/repositories.hpp"

namespace vcs::cli {

Outcome run_log(Context& context) {
  VCS_ASSIGN(ipc::Client client, context.connect());
  VCS_ASSIGN(const ipc::RepositoryInfo repository, choose_repository(context, client));
  ipc::LogRequest request;
  request.repository = repository.name;
  request.limit = context.line().number("--number");
  if (context.line().has("PATH")) {
    VCS_ASSIGN(request.path, path_in(context, repository, context.line().text("PATH")));
  }
  request.with_paths = !context.json() || context.line().has("--paths");
  const LogView view{request.path,
                     context.terminal().out ? context.clock().now() : base::UnixNanos{}};
  JsonArray array(context.out());
  bool found = false;
  const auto print = [&](const ipc::CommitInfo& commit) {
    found = true;
    if (context.json()) {
      array.add(commit);
    } else {
      context.out().write(log_line(commit, view, context.style()) + "\n");
    }
    return true;
  };
  VCS_TRY(client.stream<ipc::Log>(request, print));
  if (context.json()) array.close();
  if (!found && context.line().has("PATH")) VCS_TRY(must_not_be_range(context.line().text("PATH")));
  if (!found && !request.path.empty() && !context.json())
    return fail(ErrorCode::not_found, "{} is not in the history of {}", escaped(request.path),
                escaped(repository.name));
  return ExitStatus::done;
}

}  // namespace vcs::cli
