// SPDX-License-Identifier: Apache-2.0
// Asks for the commits that changed a file, with its size in each.
#include "cli/commands/versions.hpp"

#include <fmt/format.h>

#include "cli/line/shell_words.hpp"
#include "cli/named_commit.hpp"
#include "cli/render/changes.hpp"
#include "cli/render/json.hpp"
#include "cli/repository_choice.hpp"
#include "core/base/byte_size.hpp"
#include "core/base/filesystem.hpp"
#include "ipc/client.hpp"
#include "ipc/messages/repositories.hpp"

namespace vcs::cli {
namespace {

constexpr std::uint64_t kMostShown = 20;

// The size of the version at `path`. For a folder the commit lists paths below it: "folder".
std::string version_size(const ipc::CommitInfo& commit, const std::string& path) {
  if (commit.paths.empty()) return {};
  const ipc::ChangedPath& file = commit.paths.front();
  if (file.path != path) return "folder";
  if (file.change == ipc::Change::deleted) return "deleted";
  return file.type == ipc::FileType::file ? base::humanize_bytes(file.size)
                                          : std::string(type_word(file.type));
}

// `argument` as a word that is no option, with --repository and --home if they were given: so the
// printed command means the same when a person types it here.
std::string word_and_place(const Context& context, const std::string& argument) {
  std::string words = shell_word(argument.starts_with('-') ? "./" + argument : argument);
  for (const auto& [option, shown] : {std::pair{"--repository", " -r "}, {"--home", " --home "}})
    if (context.line().has(option)) words += shown + shell_word(context.line().text(option));
  return words;
}

}  // namespace

Outcome list_versions(Context& context, ipc::Client& client, const ipc::RepositoryInfo& repository,
                      const std::vector<std::string>& arguments) {
  JsonArray array(context.out());
  for (const std::string& argument : arguments) {
    ipc::LogRequest request{repository.name, {}, kMostShown + 1, true};
    VCS_ASSIGN(request.path, path_in(context, repository, argument));
    if (request.path.empty())
      return fail(ErrorCode::invalid,
                  "from which commit? Write COMMIT or --at TIME before the folder");
    const std::string disk = repository.worktree + "/" + request.path;
    const std::string words = word_and_place(context, argument);
    const char* const overwrite = context.filesystem().stat(disk) ? " --overwrite" : "";
    Table table({Table::Align::left, Table::Align::left, Table::Align::right, Table::Align::left});
    std::uint64_t found = 0;
    VCS_TRY(client.stream<ipc::Log>(request, [&](const ipc::CommitInfo& commit) {
      if (++found > kMostShown) return true;
      if (context.json()) return array.add(commit), true;
      const std::string size = version_size(commit, request.path), id = short_id(commit.id);
      table.add({date_and_time(commit.time), ago(commit.time, context.clock().now()), size,
                 size == "deleted" ? std::string()
                                   : fmt::format("vcsctl restore {} {}{}", context.style().id(id),
                                                 words, overwrite)});
      return true;
    }));
    if (found == 0) VCS_TRY(must_not_be_range(argument));
    if (found == 0)
      return fail(ErrorCode::not_found, "'{}' is neither a commit nor a file in the history of {}",
                  escaped(argument), escaped(repository.name));
    if (context.json()) continue;
    context.out().write(fmt::format("{} was saved in these versions; nothing was restored yet:\n",
                                    escaped(argument)));
    context.out().write(table.text("  "));
    if (found > kMostShown)
      context.out().write(fmt::format("  older ones: vcsctl log {}\n", words));
  }
  if (context.json()) array.close();
  return ExitStatus::done;
}

}  // namespace vcs::cli
