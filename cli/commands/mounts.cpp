// SPDX-License-Identifier: Apache-2.0
// vcsctl mounts: lists other filesystems in the folder, and forgets one that does not come back.
#include "cli/commands/commands.hpp"
#include "cli/render/text.hpp"
#include "cli/repository_choice.hpp"
#include "ipc/client.hpp"
#include "ipc/messages/repositories.hpp"
#include "ipc/messages/upkeep.hpp"

namespace vcs::cli {
namespace {

std::string_view meaning_of(ipc::MountState state) {
  switch (state) {
    case ipc::MountState::mounted:
      return "mounted";
    case ipc::MountState::covering:
      return "mounted over files of the folder, which are kept";
    case ipc::MountState::away:
      break;
  }
  return "not mounted any more; what was on it is kept";
}

std::string text_of(const ipc::MountsResponse& answer) {
  if (answer.mounts.empty())
    return "no other filesystem is mounted here, and none is expected back\n";
  std::string out;
  bool any_away = false;
  for (const ipc::MountInfo& mount : answer.mounts) {
    out += fmt::format("{}: {}\n", escaped(mount.path), meaning_of(mount.state));
    any_away |= mount.state == ipc::MountState::away;
  }
  if (any_away)
    out += fmt::format("one does not come back? vcsctl mounts --forget PATH -r {}\n",
                       escaped(answer.repository));
  return out;
}

}  // namespace

Outcome run_mounts(Context& context) {
  VCS_ASSIGN(ipc::Client client, context.connect());
  VCS_ASSIGN(const ipc::RepositoryInfo repository, choose_repository(context, client));
  ipc::MountsRequest request{repository.name, ""};
  const bool forgets = context.line().has("--forget");
  if (forgets) {
    VCS_ASSIGN(request.forget, path_in(context, repository, context.line().text("--forget")));
    if (request.forget.empty())
      return fail(ErrorCode::invalid,
                  "--forget wants the path of what was mounted in the folder, not the folder");
  }
  VCS_ASSIGN(const ipc::MountsResponse answer, client.call<ipc::Mounts>(request));
  if (context.json())
    context.print_json(answer);
  else if (forgets)
    context.out().write(fmt::format("{} is not expected back any more\n", escaped(request.forget)));
  else
    context.out().write(text_of(answer));
  return ExitStatus::done;
}

}  // namespace vcs::cli
