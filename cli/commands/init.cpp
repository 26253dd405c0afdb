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
  if (wait) {
    base::Result<ipc::StatusResponse> saved;
    with_snapshot_progress(context, repository.name, [&] {
      saved = client.call(ipc::methods::status, {repository.name, true});
    });
    if (!saved) return tl::unexpected(saved.error());
  }
  if (context.json()) {
    context.print_json(repository);
    return ExitStatus::done;
  }
  const std::string state = wait                 ? "everything in it is saved"
                            : repository.created ? "the first snapshot runs"
                                                 : "it was watched already";
  context.out().write(fmt::format("watching {} as {}; {}\n", escaped(repository.worktree),
                                  context.style().strong(escaped(repository.name)), state));
  return ExitStatus::done;
}

}  // namespace vcs::cli
