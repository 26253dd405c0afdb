// SPDX-License-Identifier: Apache-2.0
// vcsctl owed: shows, writes or gives up the files that a clone or a restore has not written.
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/commands/restore_items.hpp"
#include "cli/render/restored.hpp"
#include "cli/render/status.hpp"
#include "cli/repository_choice.hpp"
#include "ipc/client.hpp"
#include "ipc/messages/repositories.hpp"
#include "ipc/messages/restore.hpp"

namespace vcs::cli {

Outcome run_owed(Context& context) {
  VCS_ASSIGN(ipc::Client client, context.connect());
  VCS_ASSIGN(const ipc::RepositoryInfo repository, choose_repository(context, client));
  const bool write = context.line().has("--write"), give_up = context.line().has("--give-up");
  const ipc::OwedRequest request{repository.name, write     ? ipc::OwedAction::write
                                                  : give_up ? ipc::OwedAction::give_up
                                                            : ipc::OwedAction::tell};
  ProgressBar bar(context);
  RestoreItems items(context, bar, false);
  VCS_ASSIGN(
      const ipc::OwedResponse answer,
      client.stream<ipc::Owed>(
          request, [&](const ipc::RestoreItem& item) { return items.take(item); }, bar.callback()));
  bar.erase();
  const bool owed = !answer.owed.commit.empty();
  if (context.json())
    items.print_json(answer);
  else if (write)
    context.out().write(restore_summary(answer.restored, {}, context.clock().now()));
  else if (give_up)
    context.out().write("given up; what is not in the folder counts as deleted from now on\n");
  else if (!owed)
    context.out().write("nothing is owed: all files were written\n");
  else
    context.out().write(owed_text(answer.owed, answer.repository, context.style()));
  if (write) return owed ? ExitStatus::failed : ExitStatus::done;
  return owed ? ExitStatus::attention : ExitStatus::done;
}

}  // namespace vcs::cli
