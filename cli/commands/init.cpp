// SPDX-License-Identifier: Apache-2.0
// vcsctl init: watch a folder from now on.
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/render/progress.hpp"

namespace vcs::cli {

Outcome run_init(Context& context) {
  ipc::InitRequest request;
  VCS_ASSIGN(request.folder, context.folder(context.line().text("FOLDER")));
  request.name = context.line().text("--name");
  VCS_ASSIGN(ipc::Client client, context.connect());
  VCS_ASSIGN(const ipc::RepositoryInfo repository, client.call(ipc::methods::repo_init, request));
  const bool wait = context.line().has("--wait");
  ipc::Count unsaved = 0;
  std::string stopped;
  if (wait) {
    base::Result<ipc::StatusResponse> saved;
    with_snapshot_progress(context, repository.name, [&] {
      saved = client.call(ipc::methods::status, {repository.name, true});
    });
    if (!saved) return tl::unexpected(saved.error());
    for (const ipc::RepositoryStatus& now : saved->repositories) {
      unsaved += now.problem_count;
      if (now.state == "suspended" || now.state == "error") stopped = escaped_text(now.reason);
    }
  }
  const ExitStatus end = unsaved == 0 && stopped.empty() ? ExitStatus::done : ExitStatus::attention;
  if (context.json()) {
    context.print_json(repository);
    return end;
  }
  const std::string state =
      !stopped.empty() ? "NOT saved: " + stopped
      : unsaved != 0 ? counted(unsaved, "file", "files") + " could not be saved; see: vcsctl status"
      : wait         ? "everything in it is saved"
      : repository.created ? "the first snapshot runs"
                           : "it is watched, with its history";
  context.out().write(fmt::format("watching {} as {}; {}\n", escaped(repository.worktree),
                                  context.style().strong(escaped(repository.name)), state));
  return end;
}

}  // namespace vcs::cli
