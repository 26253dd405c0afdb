// SPDX-License-Identifier: Apache-2.0
// vcsctl remote and sync: manage remotes and copy saves to them.
#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/commands.hpp"
#include "cli/path_mapping.hpp"
#include "cli/render/heads.hpp"
#include "cli/render/progress.hpp"
#include "cli/render/status.hpp"
#include "cli/render/unsaved.hpp"
#include "cli/repository_choice.hpp"
#include "ipc/client.hpp"

namespace vcs::cli {
namespace {

std::string remotes_text(const Context& context, const std::vector<ipc::RemoteStatus>& remotes) {
  if (remotes.empty()) return "no remotes; add one with: vcsctl remote add NAME URL\n";
  const Style& style = context.style();
  Table table({Table::Align::left, Table::Align::left, Table::Align::left, Table::Align::left});
  for (const auto& remote : remotes) {
    table.add({escaped(remote.name), style.place(escaped(remote.url)),
               ago(remote.last_sync, context.clock().now()), remote_lag(remote)});
  }
  return table.text();
}

// Without --yes, only shows which head would be removed.
Outcome remove_head(Context& context, ipc::Client& client, const ipc::RemoteHeadsRequest& where) {
  const ipc::RemoveHeadRequest request{where.repository, where.remote, where.url,
                                       context.line().text("--remove"),
                                       context.line().has("--yes")};
  VCS_ASSIGN(const ipc::RemoveHeadResponse response, client.call<ipc::RemoveHead>(request));
  if (context.json()) {
    context.print_json(response);
  } else {
    context.out().write(heads_text({response.head}, context.clock().now(), context.style()));
    context.out().write(response.removed
                            ? "removed from the remote\n"
                            : "to remove it from the remote, repeat the command with --yes\n");
  }
  return response.removed ? ExitStatus::done : ExitStatus::failed;
}

}  // namespace

Outcome run_remote_add(Context& context) {
  VCS_ASSIGN(ipc::Client client, context.connect());
  VCS_ASSIGN(const ipc::RepositoryInfo repository, choose_repository(context, client));
  ipc::RemoteAddRequest request{repository.name, context.line().text("NAME"), {}};
  VCS_ASSIGN(request.url, context.remote_url(context.line().text("URL")));
  VCS_ASSIGN(const ipc::RemoteStatus remote, client.call<ipc::RemoteAdd>(request));
  if (context.json()) {
    context.print_json(remote);
  } else {
    context.out().write(fmt::format("every save of {} is now copied to {} ({})\n",
                                    escaped(repository.name), escaped(remote.name),
                                    escaped(remote.url)));
    if (remote.same_disk)
      context.out().write(
          "note: it lies on the disk of the history; if that disk fails, both are lost\n");
    for (const std::string& weakness : remote.weaknesses)
      context.out().write(fmt::format("note: {}\n", escaped_text(weakness)));
  }
  return ExitStatus::done;
}

Outcome run_remote_list(Context& context) {
  VCS_ASSIGN(ipc::Client client, context.connect());
  VCS_ASSIGN(const ipc::RepositoryInfo repository, choose_repository(context, client));
  VCS_ASSIGN(const ipc::RemoteListResponse list, client.call<ipc::RemoteList>({repository.name}));
  if (context.json())
    context.print_json(list);
  else
    context.out().write(remotes_text(context, list.remotes));
  return ExitStatus::done;
}

Outcome run_remote_remove(Context& context) {
  VCS_ASSIGN(ipc::Client client, context.connect());
  VCS_ASSIGN(const ipc::RepositoryInfo repository, choose_repository(context, client));
  const std::string name = context.line().text("NAME");
  VCS_ASSIGN(const ipc::Empty done, client.call<ipc::RemoteRemove>({repository.name, name}));
  if (context.json()) {
    context.print_json(done);
  } else {
    context.out().write(
        fmt::format("{} gets no more copies; what it has stays there\n", escaped(name)));
  }
  return ExitStatus::done;
}

Outcome run_remote_set(Context& context) {
  const bool push = context.line().has("--push");
  VCS_ASSIGN(ipc::Client client, context.connect());
  VCS_ASSIGN(const ipc::RepositoryInfo repository, choose_repository(context, client));
  const ipc::RemoteSetRequest request{repository.name, context.line().text("NAME"), push};
  VCS_ASSIGN(const ipc::RemoteStatus remote, client.call<ipc::RemoteSet>(request));
  if (context.json()) {
    context.print_json(remote);
  } else {
    context.out().write(remote_line(remote, context.style()) + "\n");
  }
  return ExitStatus::done;
}

Outcome run_remote_heads(Context& context) {
  const std::string where = context.line().text("REMOTE");
  VCS_ASSIGN(ipc::Client client, context.connect());
  ipc::RemoteHeadsRequest request;
  if (where.find_first_of("/:") != std::string::npos) {
    VCS_ASSIGN(request.url, context.remote_url(where));
  } else {
    VCS_ASSIGN(const ipc::RepositoryInfo repository, choose_repository(context, client));
    request.repository = repository.name;
    request.remote = where;
  }
  if (context.line().has("--remove")) return remove_head(context, client, request);
  VCS_ASSIGN(const ipc::RemoteHeadsResponse response, client.call<ipc::RemoteHeads>(request));
  if (context.json()) {
    context.print_json(response);
    return ExitStatus::done;
  }
  context.out().write(heads_text(response.heads, context.clock().now(), context.style()));
  for (const std::string& damage : response.damage)
    context.out().write(context.style().bad("damaged") + "  " + escaped_text(damage) + "\n");
  return ExitStatus::done;
}

Outcome run_sync(Context& context) {
  VCS_ASSIGN(ipc::Client client, context.connect());
  VCS_ASSIGN(const ipc::RepositoryInfo repository, choose_repository(context, client));
  const ipc::SyncRequest request{repository.name, context.line().text("REMOTE"),
                                 context.line().has("--wait")};
  ProgressBar bar(context);
  VCS_ASSIGN(const ipc::SyncResponse done, client.call<ipc::Sync>(request, bar.callback()));
  bar.erase();
  if (context.json()) {
    context.print_json(done);
  } else {
    context.out().write(remotes_text(context, done.remotes));
    if (done.problem_count != 0)
      context.out().write(unsaved_summary(done.problems, done.problem_count) + "\n" +
                          unsaved_lines(done.problems, done.problem_count, context.style()));
  }
  const bool behind =
      std::any_of(done.remotes.begin(), done.remotes.end(), [&](const ipc::RemoteStatus& remote) {
        const bool asked = request.remote.empty() || remote.name == request.remote;
        return asked && (remote.state == ipc::RemoteState::error ||
                         remote.state == ipc::RemoteState::waiting);
      });
  return request.wait && (behind || done.problem_count != 0) ? ExitStatus::attention
                                                             : ExitStatus::done;
}

}  // namespace vcs::cli
