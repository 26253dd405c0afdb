// SPDX-License-Identifier: Apache-2.0
// Chooses a repository by name, by folder, or because there is only one.
#include "cli/repository_choice.hpp"

#include <fmt/ranges.h>

#include "cli/path_mapping.hpp"

namespace vcs::cli {

using base::ErrorCode;
using base::Result;
using Repositories = std::vector<ipc::RepositoryInfo>;

namespace {

std::string names_of(const Repositories& all) {
  std::vector<std::string> names;
  for (const auto& repository : all) names.push_back(escaped(repository.name));
  return fmt::format("{}", fmt::join(names, ", "));
}

base::Failure nothing_watched() {
  return base::fail(ErrorCode::not_found, "nothing is watched yet; start with: vcsctl init FOLDER");
}

Result<ipc::RepositoryInfo> by_name(const Context& context, const Repositories& all) {
  const std::string wanted = context.line().text("--repository");
  for (const auto& repository : all)
    if (repository.name == wanted) return repository;
  if (wanted.find('/') != std::string::npos || wanted.starts_with(".")) {
    VCS_ASSIGN(const std::string folder, context.folder(wanted));
    if (const auto* found = repository_holding(all, folder)) return *found;
  }
  if (all.empty()) return nothing_watched();
  return base::fail(ErrorCode::not_found, "no repository is named '{}'; there is: {}",
                    escaped(wanted), names_of(all));
}

Result<ipc::RepositoryInfo> by_folder(const Repositories& all, const std::string& folder) {
  if (const auto* found = repository_holding(all, folder)) return *found;
  if (all.empty()) return nothing_watched();
  return base::fail(ErrorCode::not_found, "{} is in no watched folder; watched are: {}",
                    escaped(folder), names_of(all));
}

}  // namespace

const ipc::RepositoryInfo* repository_holding(const Repositories& all, std::string_view folder) {
  const ipc::RepositoryInfo* best = nullptr;
  for (const auto& repository : all) {
    if (!relative_to(folder, repository.worktree)) continue;
    if (best == nullptr || repository.worktree.size() > best->worktree.size()) best = &repository;
  }
  return best;
}

Result<ipc::RepositoryInfo> choose_repository(const Context& context, ipc::Client& client) {
  VCS_ASSIGN(const ipc::RepoListResponse list, client.call(ipc::methods::repo_list, {}));
  const Repositories& all = list.repositories;
  if (context.line().has("--repository")) return by_name(context, all);
  if (context.line().has("FOLDER")) {
    VCS_ASSIGN(const std::string folder, context.folder(context.line().text("FOLDER")));
    return by_folder(all, folder);
  }
  if (const auto* found = repository_holding(all, context.working_directory())) return *found;
  if (all.size() == 1) return all.front();
  if (all.empty()) return nothing_watched();
  return base::fail(ErrorCode::not_found,
                    "the current folder is in no watched folder; say which repository with -r: {}",
                    names_of(all));
}

Result<std::string> path_in(const Context& context, const ipc::RepositoryInfo& repository,
                            const std::string& argument) {
  auto mapped = worktree_path(argument, context.working_directory(), repository.worktree);
  if (mapped || !argument.starts_with('/')) return mapped;
  // A folder on the way may be a symlink into the worktree. The last part is never followed: it may
  // itself be a link that was saved, or be gone.
  const std::string plain = absolute_path(argument, "/");
  for (std::size_t cut = plain.rfind('/'); cut != std::string::npos && cut > 0;
       cut = plain.rfind('/', cut - 1)) {
    if (auto folder = context.filesystem().canonical(plain.substr(0, cut)))
      return worktree_path(*folder + plain.substr(cut), *folder, repository.worktree);
  }
  return mapped;
}

}  // namespace vcs::cli
