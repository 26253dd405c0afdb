// SPDX-License-Identifier: Apache-2.0
// vcsctl cat: writes the content of a file of a commit, unchanged.
#include "cli/commands/commands.hpp"
#include "cli/contents/content.hpp"
#include "cli/named_commit.hpp"
#include "cli/path_mapping.hpp"
#include "cli/repository_choice.hpp"
#include "ipc/client.hpp"
#include "ipc/messages/content.hpp"
#include "ipc/messages/repositories.hpp"

namespace vcs::cli {

namespace {

Failure which_version(const std::string& typed) {
  const std::string name = typed.empty() ? "notes.txt" : escaped(typed);
  return fail(ErrorCode::invalid,
              "which version of which file? Write COMMIT:PATH, as in HEAD:{0}, or "
              "--at '10 minutes ago' {0}; its versions: vcsctl log {0}",
              name);
}

// COMMIT:PATH, or with --at a PATH.
Result<ipc::ContentRequest> content_request(const Context& context, ipc::Client& client,
                                            const ipc::RepositoryInfo& repository) {
  const std::string argument = context.line().text("COMMIT:PATH");
  const CommitPath wanted = split_commit_path(argument);
  ipc::ContentRequest request;
  request.repository = repository.name;
  if (context.line().has("--at")) {
    VCS_ASSIGN(request.commit, chosen_commit(context, client, repository.name, {}));
    VCS_ASSIGN(request.path, path_in(context, repository, argument));
    return request;
  }
  if (!wanted.has_path && !looks_like_commit(wanted.commit)) return which_version(wanted.commit);
  if (wanted.commit.empty() || wanted.path.empty()) return which_version(wanted.path);
  VCS_ASSIGN(request.commit, named_commit(context, client, repository.name, wanted.commit));
  VCS_ASSIGN(request.path, path_in_commit(context, repository, wanted.path));
  return request;
}

}  // namespace

Outcome run_cat(Context& context) {
  VCS_ASSIGN(ipc::Client client, context.connect());
  VCS_ASSIGN(const ipc::RepositoryInfo repository, choose_repository(context, client));
  VCS_ASSIGN(const ipc::ContentRequest request, content_request(context, client, repository));
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
