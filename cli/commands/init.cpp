// SPDX-License-Identifier: Apache-2.0
// vcsctl init: watch a folder from now on, with the history that it had, if it had one.
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/commands/first_look.hpp"
#include "cli/question.hpp"

namespace vcs::cli {
namespace {

std::string question(const ipc::HistoryInfo& history, base::UnixNanos now) {
  std::string what = history.problem.empty() ? counted(history.commits, "save", "saves")
                                             : escaped_text(history.problem);
  if (history.state == "moved") what += ", it was watched at " + escaped(history.worktree);
  if (history.state == "deleted") what += ", to be deleted " + ago(history.expires, now);
  return fmt::format("Go on with the history of '{}' ({})?", escaped(history.name), what);
}

// Where somebody can be asked, he says which history it shall be. Elsewhere the agent goes on with
// what is certain, and offers the rest.
base::Result<void> choose_history(Context& context, ipc::Client& client,
                                  ipc::InitRequest& request) {
  if (request.anew || !request.name.empty() || context.json() || !context.terminal().err) return {};
  VCS_ASSIGN(const ipc::HistoriesResponse found,
             client.call(ipc::methods::repo_histories, {request.folder}));
  for (const ipc::HistoryInfo& history : found.histories) {
    const auto answer =
        ask_whether(context, question(history, context.clock().now()), history.state != "deleted");
    if (!answer) return {};
    VCS_ASSIGN(const bool wanted, *answer);
    if (wanted) request.history = history.key;
    if (wanted) return {};
  }
  request.anew = !found.histories.empty();
  return {};
}

std::string begun(const ipc::RepositoryInfo& repository) {
  if (repository.created) return "the first snapshot runs";
  return repository.resumed ? "it goes on with the history that it had (--new begins another)"
                            : "it is watched, with its history";
}

}  // namespace

Outcome run_init(Context& context) {
  ipc::InitRequest request;
  VCS_ASSIGN(request.folder, context.folder(context.line().text("FOLDER")));
  request.name = context.line().text("--name");
  request.anew = context.line().has("--new");
  VCS_ASSIGN(ipc::Client client, context.connect());
  VCS_TRY(choose_history(context, client, request));
  VCS_ASSIGN(const ipc::RepositoryInfo repository, client.call(ipc::methods::repo_init, request));
  FirstLook look;
  if (context.line().has("--wait")) {
    VCS_ASSIGN(look, await_first_look(context, client, repository.name));
  }
  const ExitStatus end = look.all_saved() ? ExitStatus::done : ExitStatus::attention;
  if (context.json()) {
    context.print_json(repository);
    return end;
  }
  std::string state = context.line().has("--wait") ? look.text() : begun(repository);
  if (repository.resumed && context.line().has("--wait")) state = begun(repository) + "; " + state;
  context.out().write(fmt::format("watching {} as {}; {}\n", escaped(repository.worktree),
                                  context.style().strong(escaped(repository.name)), state));
  return end;
}

}  // namespace vcs::cli
