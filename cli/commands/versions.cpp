// SPDX-License-Identifier: Apache-2.0
// Asks for the commits that changed a file, and what it was in each.
#include "cli/commands/versions.hpp"

#include <fmt/format.h>

#include "cli/render/json.hpp"
#include "cli/repository_choice.hpp"
#include "cli/shell_words.hpp"
#include "core/base/byte_size.hpp"

namespace vcs::cli {
namespace {

constexpr std::uint64_t kMostShown = 20;

std::string version_size(const ipc::CommitInfo& commit) {
  if (commit.paths.empty()) return {};
  const ipc::ChangedPath& file = commit.paths.front();
  if (file.change == "deleted") return "deleted";
  return file.type == "file" ? base::humanize_bytes(file.size) : file.type;
}

}  // namespace

Outcome list_versions(Context& context, ipc::Client& client, const ipc::RepositoryInfo& repository,
                      const std::vector<std::string>& arguments) {
  JsonArray array(context.out());
  for (const std::string& argument : arguments) {
    ipc::LogRequest request{repository.name, {}, kMostShown + 1, true};
    VCS_ASSIGN(request.path, path_in(context, repository, argument));
    if (request.path.empty())
      return base::fail(base::ErrorCode::invalid,
                        "from which commit? Write COMMIT or --at TIME before the folder");
    const std::string disk = repository.worktree + "/" + request.path;
    const char* const overwrite = context.filesystem().stat(disk) ? " --overwrite" : "";
    Table table({Table::Align::left, Table::Align::left, Table::Align::right, Table::Align::left});
    std::uint64_t found = 0;
    VCS_TRY(client.stream(ipc::methods::log, request, [&](const ipc::CommitInfo& commit) {
      if (++found > kMostShown) return true;
      if (context.json()) return array.add(commit), true;
      const std::string size = version_size(commit), id = short_id(commit.id);
      table.add({date_and_time(commit.time), ago(commit.time, context.clock().now()), size,
                 size == "deleted" ? std::string()
                                   : fmt::format("vcsctl restore {} {}{}", context.style().id(id),
                                                 escaped(shell_word(argument)), overwrite)});
      return true;
    }));
    if (found == 0)
      return base::fail(base::ErrorCode::not_found,
                        "'{0}' is not a commit, and no commit of {1} has a file {0}",
                        escaped(argument), escaped(repository.name));
    if (context.json()) continue;
    context.out().write(fmt::format("{} was saved in these versions; nothing was restored yet:\n",
                                    escaped(argument)));
    context.out().write(table.text("  "));
    if (found > kMostShown)
      context.out().write(
          fmt::format("  older ones: vcsctl log {}\n", escaped(shell_word(argument))));
  }
  if (context.json()) array.close(), context.out().write("\n");
  return ExitStatus::usage;
}

}  // namespace vcs::cli
