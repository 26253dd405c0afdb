// SPDX-License-Identifier: Apache-2.0
// vcsctl restore --from: brings files back from a remote, without a repository.
#include "cli/commands/commands.hpp"
#include "cli/commands/restore_items.hpp"
#include "cli/named_commit.hpp"
#include "cli/path_mapping.hpp"
#include "cli/render/restored.hpp"
#include "cli/repository_choice.hpp"
#include "ipc/client.hpp"
#include "ipc/messages/clone.hpp"
#include "ipc/messages/repositories.hpp"
#include "ipc/messages/restore.hpp"

namespace vcs::cli {
namespace {

bool is_name(const std::string& from) {
  return from.find_first_of("/:.") == std::string::npos;
}

}  // namespace

Outcome run_restore_from(Context& context) {
  ipc::RestoreFromRequest request;
  request.from = context.line().text("--from");
  VCS_ASSIGN(request.target, context.new_folder(context.line().text("--to")));
  VCS_ASSIGN(ipc::Client client, context.connect());
  if (is_name(request.from)) {
    VCS_ASSIGN(const ipc::RepositoryInfo repository, choose_repository(context, client));
    request.repository = repository.name;
  } else {
    VCS_ASSIGN(request.from, context.remote_url(request.from));
  }
  std::vector<std::string> paths = context.line().list("PATH");
  const std::string first = context.line().text("COMMIT");
  const bool at = context.line().has("--at");
  const bool is_path = !first.empty() && (at || !looks_like_commit(first));
  if (is_path) paths.insert(paths.begin(), first);
  const std::string commit = at ? "@{" + context.line().text("--at") + "}" : first;
  VCS_ASSIGN(request.commit, commit_for_everywhere(context, at || !is_path ? commit : "HEAD"));
  for (const std::string& argument : paths) {
    // Relative to the top of the history, because there may be no watched folder.
    const std::string path = absolute_path(argument, "/").substr(1);
    if (!path.empty()) request.paths.push_back(path_text(path));
  }
  request.overwrite = context.line().has("--overwrite");
  request.dry_run = context.line().has("--dry-run");
  ProgressBar bar(context);
  RestoreItems items(context, bar, request.dry_run);
  VCS_ASSIGN(
      const ipc::RestoreFromResponse done,
      client.stream<ipc::RestoreFrom>(
          request, [&](const ipc::RestoreItem& item) { return items.take(item); }, bar.callback()));
  bar.erase();
  if (context.json()) {
    items.print_json(done);
  } else {
    context.out().write(salvage_text(done.salvage, context.style()));
    context.out().write(restore_summary(done.restored, {false, true}, context.clock().now()));
  }
  const bool whole = done.restored.refused + done.restored.failed == 0;
  return whole && done.salvage.incomplete.empty() ? ExitStatus::done : ExitStatus::failed;
}

}  // namespace vcs::cli
