// SPDX-License-Identifier: Apache-2.0
// vcsctl repo move, rename and restore: let a history go on in another folder, under another name,
// or after it was removed.
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/commands/first_look.hpp"
#include "cli/question.hpp"
#include "ipc/client.hpp"
#include "ipc/messages/repositories.hpp"

namespace vcs::cli {
namespace {

std::string likeness(const ipc::RepoMoveResponse& moved) {
  if (moved.same_folder) return "it is the same folder that was watched";
  if (moved.names == 0) return "nothing had been saved yet";
  if (moved.empty) return "it is empty";
  return fmt::format("{} of the {} at the top of the last save {} there",
                     with_separators(moved.names_there), counted(moved.names, "name", "names"),
                     moved.names_there == 1 ? "is" : "are");
}

bool fits(const ipc::RepoMoveResponse& moved) {
  return moved.same_folder || 2 * moved.names_there >= moved.names;
}

std::string waits_for_files(const ipc::RepoMoveResponse& moved) {
  return fmt::format(
      "nothing is saved or recorded as deleted while it is empty; to get its files back: vcsctl "
      "restore HEAD -r {}",
      escaped(moved.repository.name));
}

// If the folder does not look like the history's folder, asks the person whether to go on. A dry
// run of the request gives the facts for the question.
template <ipc::Method M>
Result<void> ask_about_folder(Context& context, ipc::Client& client, typename M::Request& request,
                              bool may_be_empty) {
  request.confirmed = context.line().has("--yes");
  request.dry_run = context.line().has("--dry-run");
  if (request.confirmed || request.dry_run || context.json() || !context.terminal().err) return {};
  typename M::Request look = request;
  look.dry_run = true;
  VCS_ASSIGN(const ipc::RepoMoveResponse found, client.call<M>(look));
  if (fits(found) || (may_be_empty && found.empty)) return {};
  const auto answer = ask_whether(
      context,
      fmt::format("{} does not look like the folder of {}: {}. Go on there all the same?",
                  escaped(found.repository.worktree), escaped(found.repository.name),
                  likeness(found)),
      false);
  if (!answer) return {};
  VCS_ASSIGN(request.confirmed, *answer);
  if (!request.confirmed)
    return fail(ErrorCode::cancelled, "nothing was done; it stays where it was");
  return {};
}

Outcome tell_moved(Context& context, ipc::Client& client, const ipc::RepoMoveResponse& moved) {
  const bool waits = moved.empty && !moved.same_folder && moved.names > 0;
  FirstLook look;
  if (moved.done && context.line().has("--wait") && !waits) {
    VCS_ASSIGN(look, look_at_first(context, client, moved.repository.name, true));
  }
  const ExitStatus end =
      look.all_saved() && !(moved.done && waits) ? ExitStatus::done : ExitStatus::attention;
  if (context.json()) {
    context.print_json(moved);
    return end;
  }
  std::string next = !moved.done ? "nothing was done"
                     : waits     ? waits_for_files(moved)
                     : context.line().has("--wait")
                         ? look.text()
                         : "all files are checked, and changes are saved";
  const bool elsewhere = moved.from != moved.repository.worktree;
  context.out().write(fmt::format(
      "{} {} in {}{}: {}; {}\n", context.style().strong(escaped(moved.repository.name)),
      moved.done ? "goes on" : "would go on",
      context.style().place(escaped(moved.repository.worktree)),
      elsewhere ? " (before: " + escaped(moved.from) + ")" : "", likeness(moved), next));
  context.out().write(look.unsaved(context.style()));
  return end;
}

}  // namespace

Outcome run_repo_move(Context& context) {
  ipc::RepoMoveRequest request;
  request.repository = context.line().text("NAME");
  VCS_ASSIGN(request.folder, context.from_here(context.line().text("FOLDER")));
  VCS_ASSIGN(ipc::Client client, context.connect());
  VCS_TRY(ask_about_folder<ipc::RepoMove>(context, client, request, false));
  VCS_ASSIGN(const ipc::RepoMoveResponse moved, client.call<ipc::RepoMove>(request));
  return tell_moved(context, client, moved);
}

Outcome run_repo_restore(Context& context) {
  ipc::RepoRestoreRequest request;
  request.history = context.line().text("NAME");
  request.name = context.line().text("--name");
  if (const std::string folder = context.line().text("FOLDER"); !folder.empty()) {
    VCS_ASSIGN(request.folder, context.from_here(folder));
  }
  VCS_ASSIGN(ipc::Client client, context.connect());
  VCS_TRY(ask_about_folder<ipc::RepoRestore>(context, client, request, true));
  VCS_ASSIGN(const ipc::RepoMoveResponse moved, client.call<ipc::RepoRestore>(request));
  return tell_moved(context, client, moved);
}

Outcome run_repo_rename(Context& context) {
  const ipc::RepoRenameRequest request{context.line().text("NAME"), context.line().text("NEWNAME")};
  VCS_ASSIGN(ipc::Client client, context.connect());
  VCS_ASSIGN(const ipc::RepositoryInfo renamed, client.call<ipc::RepoRename>(request));
  if (context.json())
    context.print_json(renamed);
  else
    context.out().write(fmt::format("{} is called {} from now on\n", escaped(request.repository),
                                    context.style().strong(escaped(renamed.name))));
  return ExitStatus::done;
}

}  // namespace vcs::cli
