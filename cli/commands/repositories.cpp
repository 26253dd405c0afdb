// SPDX-License-Identifier: Apache-2.0
// vcsctl repo list and remove: the watched folders.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/commands/commands.hpp"
#include "cli/question.hpp"
#include "core/base/byte_size.hpp"
#include "ipc/client.hpp"
#include "ipc/messages/repositories.hpp"
#include "ipc/messages/status.hpp"

namespace vcs::cli {
namespace {

// What a removal deletes, for the question whether to go on.
std::string losses(const ipc::StatusResponse& status) {
  std::string text;
  for (const ipc::RepositoryStatus& going : status.repositories) {
    std::vector<std::string> copies;
    for (const ipc::RemoteStatus& remote : going.remotes)
      if (remote.state == ipc::RemoteState::synced && remote.behind_commits == 0)
        copies.push_back(escaped(remote.name));
    text += fmt::format("{} of {}, {}; {}\n", counted(going.commits, "save", "saves"),
                        escaped(going.worktree), base::humanize_bytes(going.store.bytes_stored),
                        copies.empty() ? std::string("no other place has all of it")
                                       : fmt::format("copied to {}", fmt::join(copies, ", ")));
  }
  return text;
}

// Asks the person to confirm that a history is deleted, unless --yes did. Returns the name of its
// repository.
Result<std::string> confirm(const Context& context, const ipc::StatusResponse& status) {
  if (status.repositories.size() != 1)
    return fail(ErrorCode::not_found, "it was removed meanwhile");
  const std::string& name = status.repositories.front().name;
  if (context.line().has("--yes")) return name;
  const std::string losing = losses(status);
  const char* when = context.line().has("--now") ? "for good, at once, " : "";
  const auto typed = ask(
      context,
      fmt::format("This deletes {}{}To do it, type the name of the repository: ", when, losing));
  if (!typed)
    return fail(ErrorCode::precondition_failed, "this would delete {}{}to do it, pass --yes", when,
                losing);
  if (*typed != name)
    return fail(ErrorCode::cancelled, "nothing was deleted; it is watched as before");
  return name;
}

Outcome show_losses(Context& context, const ipc::RepoRemoveRequest& request,
                    const ipc::StatusResponse& status) {
  if (context.json())
    context.print_json(status);
  else
    context.out().write((request.delete_history ? "would delete " : "would keep ") +
                        losses(status));
  return ExitStatus::done;
}

// "kept", "deleted in 6 days"
std::string fate(const ipc::HistoryInfo& history, base::UnixNanos now) {
  return history.expires == base::UnixNanos{} ? "kept" : "deleted " + ago(history.expires, now);
}

Outcome list_removed(Context& context, ipc::Client& client) {
  VCS_ASSIGN(const ipc::HistoriesResponse list, client.call<ipc::RepoHistories>({}));
  if (context.json()) {
    context.print_json(list);
    return ExitStatus::done;
  }
  if (list.histories.empty()) context.out().write("no history was removed from watching\n");
  const base::UnixNanos now = context.clock().now();
  using Align = Table::Align;
  Table table({Align::left, Align::left, Align::left, Align::left, Align::left, Align::left});
  for (const ipc::HistoryInfo& history : list.histories) {
    const std::string size = history.problem.empty()
                                 ? fmt::format("{}, {}", counted(history.commits, "save", "saves"),
                                               base::humanize_bytes(history.bytes))
                                 : "cannot be read: " + escaped(history.problem);
    table.add({context.style().strong(escaped(history.name)),
               history.removed == base::UnixNanos{} ? std::string("removed")
                                                    : "removed " + ago(history.removed, now),
               fate(history, now), size, context.style().place(escaped(history.worktree)),
               escaped(history.key)});
  }
  context.out().write(table.text());
  if (!list.histories.empty())
    context.out().write("to watch one again: vcsctl repo restore NAME\n");
  return ExitStatus::done;
}

std::string removed_text(const ipc::HistoryInfo& removed, bool at_once, base::UnixNanos now) {
  const std::string name = escaped(removed.name);
  if (at_once) return fmt::format("{} is no longer watched; its history is deleted\n", name);
  return fmt::format(
      "{0} is no longer watched; its history {1}; to have it back: vcsctl repo "
      "restore {0}\n",
      name,
      removed.expires == base::UnixNanos{} ? std::string("stays on disk")
                                           : "is deleted " + ago(removed.expires, now));
}

}  // namespace

Outcome run_repo_list(Context& context) {
  VCS_ASSIGN(ipc::Client client, context.connect());
  if (context.line().has("--removed")) return list_removed(context, client);
  VCS_ASSIGN(const ipc::RepoListResponse list, client.call<ipc::RepoList>({}));
  if (context.json()) {
    context.print_json(list);
    return ExitStatus::done;
  }
  if (list.repositories.empty())
    context.out().write("nothing is watched yet; start with: vcsctl init FOLDER\n");
  Table table({Table::Align::left, Table::Align::left, Table::Align::left});
  for (const auto& repository : list.repositories) {
    table.add({context.style().strong(escaped(repository.name)),
               std::string(base::name_of(repository.state)),
               context.style().place(escaped(repository.worktree))});
  }
  context.out().write(table.text());
  return ExitStatus::done;
}

Outcome run_repo_remove(Context& context) {
  VCS_ASSIGN(ipc::Client client, context.connect());
  const bool at_once = context.line().has("--now");
  ipc::RepoRemoveRequest request{
      context.line().text("NAME"), context.line().has("--delete-history"), at_once, {}};
  if (context.line().has("--dry-run") || request.delete_history) {
    VCS_ASSIGN(const ipc::StatusResponse status, client.call<ipc::Status>({request.repository}));
    if (context.line().has("--dry-run")) return show_losses(context, request, status);
    VCS_ASSIGN(request.confirm, confirm(context, status));
  }
  VCS_ASSIGN(const ipc::HistoryInfo removed, client.call<ipc::RepoRemove>(request));
  if (context.json())
    context.print_json(removed);
  else
    context.out().write(removed_text(removed, at_once, context.clock().now()));
  return ExitStatus::done;
}

}  // namespace vcs::cli
