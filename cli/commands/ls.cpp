// SPDX-License-Identifier: Apache-2.0
// vcsctl ls: the files of a commit.
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/path_mapping.hpp"
#include "cli/render/json.hpp"
#include "cli/repository_choice.hpp"
#include "core/base/byte_size.hpp"

namespace vcs::cli {
namespace {

std::string entry_line(const ipc::EntryInfo& entry, bool details, const Style& style) {
  std::string name = escaped(entry.path);
  if (entry.type == "directory") name = style.place(name) + "/";
  if (!details) return name + "\n";
  const char type = entry.type == "directory" ? 'd' : entry.type == "symlink" ? 'l' : '-';
  const std::string size = type == '-' ? base::humanize_bytes(entry.size) : "";
  if (type == 'l') name += " -> " + escaped(entry.target);
  if (entry.unstable) name += "  " + style.warning("[while being written]");
  return fmt::format("{} {:04o}  {:>8}  {}  {}\n", type, entry.mode & 07777, size,
                     date_and_time(entry.mtime), name);
}

}  // namespace

Outcome run_ls(Context& context) {
  VCS_ASSIGN(ipc::Client client, context.connect());
  VCS_ASSIGN(const ipc::RepositoryInfo repository, choose_repository(context, client));
  const CommitPath wanted = split_commit_path(context.line().text("COMMIT[:PATH]"));
  ipc::LsRequest request{repository.name, wanted.commit, {}, context.line().has("--recursive")};
  VCS_ASSIGN(request.path,
             commit_path(wanted.path, context.working_directory(), repository.worktree));
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
  VCS_TRY(client.stream(ipc::methods::ls, request, print));
  if (context.json()) array.close(), context.out().write("\n");
  return ExitStatus::done;
}

}  // namespace vcs::cli
