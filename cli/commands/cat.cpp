// SPDX-License-Identifier: Apache-2.0
// vcsctl cat: a file of a commit, as it is.
#include "cli/commands/commands.hpp"
#include "cli/commands/content.hpp"
#include "cli/path_mapping.hpp"
#include "cli/repository_choice.hpp"

namespace vcs::cli {

Outcome run_cat(Context& context) {
  const CommitPath wanted = split_commit_path(context.line().text("COMMIT:PATH"));
  if (!wanted.has_path || wanted.path.empty())
    return base::fail(base::ErrorCode::invalid, "which file? Write COMMIT:PATH, as in HEAD:{}",
                      wanted.commit.empty() ? "notes.txt" : escaped(wanted.commit));
  VCS_ASSIGN(ipc::Client client, context.connect());
  VCS_ASSIGN(const ipc::RepositoryInfo repository, choose_repository(context, client));
  ipc::ContentRequest request;
  request.repository = repository.name;
  request.commit = wanted.commit;
  VCS_ASSIGN(request.path,
             commit_path(wanted.path, context.working_directory(), repository.worktree));
  if (context.json()) {
    VCS_TRY(read_encoded_content(client, request,
                                 [&](const ipc::ContentResponse& piece, std::string_view) {
                                   context.print_json(piece);
                                   return context.out().flush();
                                 }));
  } else {
    VCS_TRY(read_content(client, request, [&](std::string_view bytes) {
      context.out().write(bytes);
      return context.out().flush();
    }));
  }
  return ExitStatus::done;
}

}  // namespace vcs::cli
