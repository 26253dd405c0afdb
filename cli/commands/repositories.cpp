// SPDX-License-Identifier: Apache-2.0
// vcsctl repo: the watched folders.
#include <fmt/format.h>

#include "cli/commands/commands.hpp"

namespace vcs::cli {

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
  VCS_ASSIGN(const ipc::Empty done, client.call(ipc::methods::repo_remove, request));
  if (context.json()) {
    context.print_json(done);
  } else {
    context.out().write(fmt::format("{} is no longer watched; its history {}\n",
                                    escaped(request.repository),
                                    request.delete_history ? "is deleted" : "stays on disk"));
  }
  return ExitStatus::done;
}

}  // namespace vcs::cli
