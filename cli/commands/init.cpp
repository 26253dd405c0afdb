// SPDX-License-Identifier: Apache-2.0
// vcsctl init: begins to watch a folder, with its earlier history if it has one, and says what is
// still missing.
#include <fmt/format.h>

#include "cli/agent/session_start.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/first_look.hpp"
#include "cli/question.hpp"
#include "cli/render/status.hpp"
#include "ipc/client.hpp"
#include "ipc/messages/repositories.hpp"
#include "ipc/messages/status.hpp"

namespace vcs::cli {
namespace {

std::string question(const ipc::HistoryInfo& history, base::UnixNanos now) {
  std::string what = history.problem.empty() ? counted(history.commits, "save", "saves")
                                             : escaped_text(history.problem);
  if (history.state == ipc::HistoryState::moved)
    what += ", it was watched at " + escaped(history.worktree);
  if (history.state == ipc::HistoryState::deleted)
    what += ", to be deleted " + ago(history.expires, now);
  return fmt::format("Go on with the history of '{}' ({})?", escaped(history.name), what);
}

// At a terminal, asks the person which history goes on in the folder. Elsewhere the agent goes on
// with a history that is certain, and names the others.
Result<void> choose_history(Context& context, ipc::Client& client, ipc::InitRequest& request) {
  if (request.anew || !request.name.empty() || context.json() || !context.terminal().err) return {};
  VCS_ASSIGN(const ipc::HistoriesResponse found, client.call<ipc::RepoHistories>({request.folder}));
  for (const ipc::HistoryInfo& history : found.histories) {
    const auto answer = ask_whether(context, question(history, context.clock().now()),
                                    history.state != ipc::HistoryState::deleted);
    if (!answer) return {};
    VCS_ASSIGN(const bool wanted, *answer);
    if (wanted) request.history = history.key;
    if (wanted) return {};
  }
  request.anew = !found.histories.empty();
  return {};
}

// The facts about the repository at the end of the command.
struct Begun {
  ipc::RepositoryInfo repository;
  FirstLook look;
  bool starts_with_session = false, copied = false;
};

std::string state_of(const Begun& begun) {
  const char* const resumed = "it goes on with the history that it had (--new begins another)";
  if (begun.look.waited)
    return (begun.repository.resumed ? std::string(resumed) + "; " : "") + begun.look.text();
  if (begun.repository.created) return "the first snapshot runs";
  return begun.repository.resumed ? resumed : "it is watched, with its history";
}

std::string begun_text(const Begun& begun, const Style& style) {
  std::string out = fmt::format("watching {} as {}; {}\n", escaped(begun.repository.worktree),
                                style.strong(escaped(begun.repository.name)), state_of(begun));
  out += begun.look.unsaved(style);
  if (!begun.starts_with_session)
    out += "vcsd does not start with your session yet: vcsctl service install\n";
  if (!begun.copied) out += "no copy elsewhere yet: vcsctl remote add NAME FOLDER\n";
  return out;
}

// The fields of the repository, then the facts at the end of the command.
JsonObject begun_json(const Begun& begun) {
  const ipc::RepositoryStatus& status = begun.look.status;
  return JsonObject::of(begun.repository)
      .field("problems", status.problems)
      .field("problem_count", status.problem_count)
      .field("starts_with_session", begun.starts_with_session)
      .field("copied", begun.copied);
}

}  // namespace

Outcome run_init(Context& context) {
  ipc::InitRequest request;
  VCS_ASSIGN(request.folder, context.folder(context.line().text("FOLDER")));
  request.name = context.line().text("--name");
  request.anew = context.line().has("--new");
  VCS_ASSIGN(ipc::Client client, context.connect());
  VCS_TRY(choose_history(context, client, request));
  Begun begun;
  VCS_ASSIGN(begun.repository, client.call<ipc::RepoInit>(request));
  VCS_ASSIGN(begun.look,
             look_at_first(context, client, begun.repository.name, context.line().has("--wait")));
  begun.copied = has_copies(begun.look.status);
  begun.starts_with_session = starts_with_session(context);
  if (context.json()) {
    context.print_json(begun_json(begun));
  } else {
    context.out().write(begun_text(begun, context.style()));
  }
  return begun.look.all_saved() ? ExitStatus::done : ExitStatus::attention;
}

}  // namespace vcs::cli
