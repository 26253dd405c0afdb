// SPDX-License-Identifier: Apache-2.0
// vcsctl show: shows a commit and its changes.
#include <vector>

#include "cli/commands/commands.hpp"
#include "cli/contents/patch.hpp"
#include "cli/contents/stat.hpp"
#include "cli/named_commit.hpp"
#include "cli/render/changes.hpp"
#include "cli/render/json.hpp"
#include "cli/repository_choice.hpp"
#include "ipc/messages/repositories.hpp"

namespace vcs::cli {

Outcome run_show(Context& context) {
  VCS_ASSIGN(ipc::Client client, context.connect());
  VCS_ASSIGN(const ipc::RepositoryInfo repository, choose_repository(context, client));
  ipc::ShowRequest request{repository.name, {}};
  VCS_ASSIGN(request.commit,
             chosen_commit(context, client, repository.name, context.line().text("COMMIT")));
  // The header is printed first but arrives last, so the changes are kept as text.
  std::string lines;
  JsonItems items;
  std::vector<ipc::ChangeInfo> changes;  // for patches and sums
  const bool patch = context.line().has("--patch"), stat = context.line().has("--stat");
  const auto keep = [&](const ipc::ChangeInfo& change) {
    if (context.json()) {
      items.add(change);
    } else if (patch || stat) {
      changes.push_back(change);
    } else {
      lines += change_line(change, context.style()) + "\n";
    }
    return true;
  };
  VCS_ASSIGN(const ipc::CommitInfo commit, client.stream<ipc::Show>(request, keep));
  if (context.json()) {
    context.print_json(JsonObject().field("commit", commit).field("changes", items));
    return ExitStatus::done;
  }
  context.out().write(commit_header(commit, context.clock().now(), context.style()));
  if (!lines.empty()) context.out().write("\n" + lines);
  ChangeReader reader(client, {repository.name, commit.parent, commit.id}, stat && patch);
  if (stat && !changes.empty()) {
    context.out().write("\n");
    VCS_TRY(print_stat(context, reader, changes));
  }
  if (!patch) return ExitStatus::done;
  for (const ipc::ChangeInfo& change : changes) {
    context.out().write("\n" + change_line(change, context.style()) + "\n");
    VCS_TRY(print_patch(context, reader, change));
  }
  return ExitStatus::done;
}

}  // namespace vcs::cli
