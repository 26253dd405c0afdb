// SPDX-License-Identifier: Apache-2.0
// Chooses a repository by name, by folder, or because there is only one.
#include "cli/repository_choice.hpp"

#include <fmt/ranges.h>

#include "cli/path_mapping.hpp"
#include "core/base/filesystem.hpp"
#include "ipc/client.hpp"
#include "ipc/messages/repositories.hpp"

namespace vcs::cli {

using Repositories = std::vector<ipc::RepositoryInfo>;

namespace {

std::string names_of(const Repositories& all) {
  std::vector<std::string> names;
  for (const auto& repository : all) names.push_back(escaped(repository.name));
  return fmt::format("{}", fmt::join(names, ", "));
}

Failure nothing_watched() {
  return fail(ErrorCode::not_found, "nothing is watched yet; start with: vcsctl init FOLDER");
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
  return fail(ErrorCode::not_found, "no repository is named '{}'; there is: {}", escaped(wanted),
              names_of(all));
}

Result<ipc::RepositoryInfo> by_folder(const Repositories& all, const std::string& folder) {
  if (const auto* found = repository_holding(all, folder)) return *found;
  if (all.empty()) return nothing_watched();
  return fail(ErrorCode::not_found, "{} is in no watched folder; watched are: {}", escaped(folder),
              names_of(all));
}

// All arguments that may be a path in a repository; some may be a commit.
std::vector<std::string> named_paths(const Invocation& line) {
  std::vector<std::string> paths;
  for (const char* name : {"PATH", "COMMIT", "COMMIT:PATH", "A", "B"})
    for (std::string& value : line.list(name)) paths.push_back(std::move(value));
  return paths;
}

// The repository that holds an absolute path among the arguments. The path itself may be deleted; a
// folder on the way may be a symlink.
const ipc::RepositoryInfo* repository_named_by_path(const Context& context,
                                                    const Repositories& all) {
  for (std::string path : named_paths(context.line())) {
    if (const auto colon = path.find(":/"); colon != std::string::npos) path.erase(0, colon + 1);
    if (!path.starts_with('/')) continue;
    path = context.without_dots(path);
    if (const auto* found = repository_holding(all, path)) return found;
    while (path.size() > 1) {
      path.resize(std::max<std::size_t>(path.rfind('/'), 1));
      const auto real = context.filesystem().canonical(path);
      if (!real) continue;
      if (const auto* found = repository_holding(all, *real)) return found;
      break;
    }
  }
  return nullptr;
}

Failure outside(const ipc::RepositoryInfo& repository, const std::string& path) {
  return fail(ErrorCode::invalid, "{} is not in {}, the folder of this repository", escaped(path),
              escaped(repository.worktree));
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
  VCS_ASSIGN(const ipc::RepoListResponse list, client.call<ipc::RepoList>({}));
  const Repositories& all = list.repositories;
  if (context.line().has("--repository")) return by_name(context, all);
  if (context.line().has("FOLDER")) {
    VCS_ASSIGN(const std::string folder, context.folder(context.line().text("FOLDER")));
    return by_folder(all, folder);
  }
  if (const auto* found = repository_holding(all, context.working_directory())) return *found;
  if (const auto* found = repository_named_by_path(context, all)) return *found;
  if (all.size() == 1) return all.front();
  if (all.empty()) return nothing_watched();
  return fail(ErrorCode::not_found,
              "the current folder is in no watched folder; say which repository with -r: {}",
              names_of(all));
}

Result<std::string> path_in(const Context& context, const ipc::RepositoryInfo& repository,
                            const std::string& argument) {
  const std::string& here = context.working_directory();
  const std::string start = relative_to(here, repository.worktree) ? here : repository.worktree;
  const bool absolute = argument.starts_with('/');
  const std::string plain = context.without_dots(absolute ? argument : start + "/" + argument);
  if (auto found = relative_to(plain, repository.worktree)) return *found;
  // A folder on the way may be a symlink into the worktree. The last part is never followed: it may
  // be a symlink that was saved, or be deleted.
  for (std::size_t cut = absolute ? plain.rfind('/') : 0; cut != std::string::npos && cut > 0;
       cut = plain.rfind('/', cut - 1)) {
    const auto folder = context.filesystem().canonical(plain.substr(0, cut));
    if (!folder) continue;
    if (auto found = relative_to(*folder + plain.substr(cut), repository.worktree)) return *found;
    break;
  }
  return outside(repository, argument);
}

Result<std::string> path_in_commit(const Context& context, const ipc::RepositoryInfo& repository,
                                   const std::string& path) {
  if (is_from_here(path)) return path_in(context, repository, path);
  if (auto found = relative_to(absolute_path(path, repository.worktree), repository.worktree))
    return *found;
  return outside(repository, path);
}

}  // namespace vcs::cli
