// SPDX-License-Identifier: Apache-2.0
// vcsctl commit: saves now, with a message.
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/render/changes.hpp"
#include "cli/render/progress.hpp"
#include "cli/render/unsaved.hpp"
#include "cli/repository_choice.hpp"
#include "ipc/client.hpp"
#include "ipc/messages/repositories.hpp"

namespace vcs::cli {

Outcome run_commit(Context& context) {
  VCS_ASSIGN(ipc::Client client, context.connect());
  VCS_ASSIGN(const ipc::RepositoryInfo repository, choose_repository(context, client));
  const ipc::CommitRequest request{repository.name, context.line().text("--message"),
                                   context.line().has("--full")};
  Result<ipc::CommitResponse> made;
  with_snapshot_progress(context, repository.name,
                         [&] { made = client.call<ipc::Commit>(request); });
  if (!made) return tl::unexpected(made.error());
  const ipc::Count unsaved = made->problem_count;
  if (context.json()) {
    context.print_json(*made);
  } else {
    std::string what = made->created ? change_counts(made->changed) : "nothing had changed";
    if (unsaved != 0) what += "; " + unsaved_summary(made->problems, unsaved);
    context.out().write(fmt::format("{}  {}\n", context.style().id(short_id(made->id)), what) +
                        unsaved_lines(made->problems, unsaved, context.style()));
  }
  return unsaved == 0 ? ExitStatus::done : ExitStatus::attention;
}

}  // namespace vcs::cli
