// SPDX-License-Identifier: Apache-2.0
// vcsctl repo: the watched folders.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/commands/commands.hpp"
#include "cli/question.hpp"
#include "core/base/byte_size.hpp"

namespace vcs::cli {
namespace {

// What a removal takes, for somebody who is about to say yes.
std::string losses(const ipc::StatusResponse& status) {
  std::string text;
  for (const ipc::RepositoryStatus& going : status.repositories) {
    std::vector<std::string> copies;
    for (const ipc::RemoteStatus& remote : going.remotes)
      if (remote.state == "synced" && remote.behind_commits == 0)
        copies.push_back(escaped(remote.name));
    text += fmt::format("{} of {}, {}; {}\n", counted(going.commits, "save", "saves"),
                        escaped(going.worktree), base::humanize_bytes(going.store.bytes_stored),
                        copies.empty() ? std::string("no other place has all of it")
                                       : fmt::format("copied to {}", fmt::join(copies, ", ")));
  }
  return text;
}

// A history is not deleted by a slip of the hand.
base::Result<void> confirm(const Context& context, const ipc::StatusResponse& status) {
  const std::string losing = losses(status);
  const auto typed = ask(
      context, fmt::format("This deletes {}To do it, type the name of the repository: ", losing));
  if (!typed)
    return base::fail(base::ErrorCode::precondition_failed,
                      "this would delete {}to do it, pass --yes", losing);
  if (*typed != context.line().text("NAME"))
    return base::fail(base::ErrorCode::cancelled, "nothing was deleted; it is watched as before");
  return {};
}

}  // namespace

Outcome run_repo_list(Context& context) {
  VCS_ASSIGN(ipc::Client client, context.connect());
  VCS_ASSIGN(const ipc::RepoListResponse list, client.call(ipc::methods::repo_list, {}));
  if (context.json()) {
    context.print_json(list);
    return ExitStatus::done;
  }
  if (list.repositories.empty())
    context.out().write("nothing is watched yet; start with: vcsctl init FOLDER\n");
  Table table({Table::Align::left, Table::Align::left, Table::Align::left});
  for (const auto& repository : list.repositories) {
    table.add({context.style().strong(escaped(repository.name)), escaped(repository.state),
               context.style().place(escaped(repository.worktree))});
  }
  context.out().write(table.text());
  return ExitStatus::done;
}

Outcome run_repo_remove(Context& context) {
  VCS_ASSIGN(ipc::Client client, context.connect());
  const ipc::RepoRemoveRequest request{context.line().text("NAME"),
                                       context.line().has("--delete-history")};
  if (context.line().has("--dry-run") || (request.delete_history && !context.line().has("--yes"))) {
    VCS_ASSIGN(const ipc::StatusResponse status,
               client.call(ipc::methods::status, {request.repository}));
    if (!context.line().has("--dry-run")) {
      VCS_TRY(confirm(context, status));
    } else if (context.json()) {
      context.print_json(status);
      return ExitStatus::done;
    } else {
      context.out().write((request.delete_history ? "would delete " : "would keep ") +
                          losses(status));
      return ExitStatus::done;
    }
  }
  VCS_ASSIGN(const ipc::Empty done, client.call(ipc::methods::repo_remove, request));
  if (context.json()) {
    context.print_json(done);
  } else {
    context.out().write(
        fmt::format("{0} is no longer watched; its history {1}; to go on with it: vcsctl init "
                    "FOLDER --name {0}\n",
                    escaped(request.repository),
                    request.delete_history ? "is deleted in seven days" : "stays on disk"));
  }
  return ExitStatus::done;
}

}  // namespace vcs::cli
