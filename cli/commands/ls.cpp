// SPDX-License-Identifier: Apache-2.0
// vcsctl ls: lists the files of a commit.
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/named_commit.hpp"
#include "cli/path_mapping.hpp"
#include "cli/render/json.hpp"
#include "cli/repository_choice.hpp"
#include "core/base/byte_size.hpp"
#include "ipc/client.hpp"
#include "ipc/messages/history.hpp"
#include "ipc/messages/repositories.hpp"

namespace vcs::cli {
namespace {

std::string entry_line(const ipc::EntryInfo& entry, bool details, const Style& style) {
  std::string name = escaped(entry.path);
  if (entry.type == ipc::FileType::directory) name = style.place(name) + "/";
  if (!details) return name + "\n";
  const char type = entry.type == ipc::FileType::directory ? 'd'
                    : entry.type == ipc::FileType::symlink ? 'l'
                                                           : '-';
  const std::string size = type == '-' ? base::humanize_bytes(entry.size) : "";
  if (type == 'l') name += " -> " + escaped(entry.target);
  if (entry.unstable) name += "  " + style.warning("[while being written]");
  return fmt::format("{} {:04o}  {:>8}  {}  {}\n", type, entry.mode & 07777, size,
                     date_and_time(entry.mtime), name);
}

// COMMIT[:PATH]; PATH alone, in --at or HEAD; or nothing: the current folder.
Result<ipc::LsRequest> ls_request(const Context& context, ipc::Client& client,
                                  const ipc::RepositoryInfo& repository) {
  const std::string argument = context.line().text("COMMIT[:PATH]");
  const CommitPath wanted = split_commit_path(argument);
  const bool whole = wanted.has_path || looks_like_commit(wanted.commit);
  ipc::LsRequest request{repository.name, {}, {}, context.line().has("--recursive")};
  if (argument.empty() || context.line().has("--at") || !whole) {
    VCS_ASSIGN(request.commit, chosen_commit(context, client, repository.name, {}));
    VCS_ASSIGN(request.path, path_in(context, repository, argument.empty() ? "." : argument));
    return request;
  }
  VCS_ASSIGN(request.commit, named_commit(context, client, repository.name, wanted.commit));
  VCS_ASSIGN(request.path, path_in_commit(context, repository, wanted.path));
  return request;
}

}  // namespace

Outcome run_ls(Context& context) {
  VCS_ASSIGN(ipc::Client client, context.connect());
  VCS_ASSIGN(const ipc::RepositoryInfo repository, choose_repository(context, client));
  VCS_ASSIGN(const ipc::LsRequest request, ls_request(context, client, repository));
  JsonArray array(context.out());
  const bool details = context.line().has("--long");
  const auto print = [&](const ipc::EntryInfo& entry) {
    if (context.json()) {
      array.add(entry);
    } else {
      context.out().write(entry_line(entry, details, context.style()));
    }
    return true;
  };
  VCS_TRY(client.stream<ipc::Ls>(request, print));
  if (context.json()) array.close();
  return ExitStatus::done;
}

}  // namespace vcs::cli
