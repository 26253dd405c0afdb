// SPDX-License-Identifier: Apache-2.0
// vcsctl diff: shows the files and lines that differ between two commits.
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/contents/patch.hpp"
#include "cli/contents/stat.hpp"
#include "cli/named_commit.hpp"
#include "cli/path_mapping.hpp"
#include "cli/render/changes.hpp"
#include "cli/render/json.hpp"
#include "cli/repository_choice.hpp"
#include "ipc/messages/repositories.hpp"

namespace vcs::cli {
namespace {

// The two commits to compare, or one commit to compare with its parent.
struct Comparison {
  ipc::DiffRequest request;
  bool first_commit = false;  // b has no parent
};

// The last save, or the last save that changed `path`, compared with its parent.
Result<Comparison> last_change(ipc::Client& client, const std::string& repository,
                               const std::string& path) {
  Comparison found;
  found.request = {repository, {}, {}, path};
  VCS_TRY(client.stream<ipc::Log>({repository, path, 1, false}, [&](const ipc::CommitInfo& commit) {
    found.request.a = commit.parent;
    found.request.b = commit.id;
    return true;
  }));
  if (found.request.b.empty())
    return path.empty() ? fail(ErrorCode::not_found, "there is no commit yet")
                        : fail(ErrorCode::not_found, "{} is not in the history of {}",
                               escaped(path), escaped(repository));
  found.first_commit = found.request.a.empty();
  return found;
}

// A [B] [PATH], A..B [PATH], [PATH] with --at; or [PATH] alone: its last change.
Result<Comparison> make_comparison(const Context& context, ipc::Client& client,
                                   const ipc::RepositoryInfo& repository) {
  std::vector<std::string> words;
  for (const char* name : {"A", "B", "PATH"})
    if (context.line().has(name)) words.push_back(context.line().text(name));
  Comparison wanted;
  std::string a, b;
  const auto take = [&] {
    std::string word = words.front();
    words.erase(words.begin());
    return word;
  };
  const bool at = context.line().has("--at");
  if (!at && !words.empty() && split_range(words.front(), a, b)) {
    take();
  } else if (!at && !words.empty() && (looks_like_commit(words.front()) || words.size() == 3)) {
    a = take();
    if (!words.empty() && (looks_like_commit(words.front()) || words.size() == 2)) b = take();
  }
  std::string path;
  if (!words.empty()) {
    VCS_ASSIGN(path, path_in(context, repository, take()));
  }
  if (!words.empty())
    return fail(ErrorCode::invalid, "'{}' is one word too many", escaped(words.front()));
  if (a.empty() && !at) return last_change(client, repository.name, path);
  wanted.request = {repository.name, {}, {}, path};
  VCS_ASSIGN(wanted.request.a, chosen_commit(context, client, repository.name, a));
  VCS_ASSIGN(wanted.request.b, named_commit(context, client, repository.name, b));
  return wanted;
}

// Streams the changes of the comparison; returns the two commits as full ids.
template <typename Take>
Result<ipc::DiffResponse> stream_comparison(ipc::Client& client, const Comparison& wanted,
                                            const Take& take) {
  if (!wanted.first_commit) return client.stream<ipc::Diff>(wanted.request, take);
  const std::string& path = wanted.request.path;
  const auto below = [&](const ipc::ChangeInfo& change) {
    return path.empty() || change.path == path || change.path.starts_with(path + "/");
  };
  VCS_TRY(client.stream<ipc::Show>(
      {wanted.request.repository, wanted.request.b},
      [&](ipc::ChangeInfo change) { return !below(change) || take(change); }));
  return ipc::DiffResponse{{}, wanted.request.b, 0};
}

}  // namespace

Outcome run_diff(Context& context) {
  VCS_ASSIGN(ipc::Client client, context.connect());
  VCS_ASSIGN(const ipc::RepositoryInfo repository, choose_repository(context, client));
  VCS_ASSIGN(const Comparison wanted, make_comparison(context, client, repository));
  const ipc::DiffRequest& request = wanted.request;
  std::vector<ipc::ChangeInfo> changes;  // for patches and sums
  const bool stat = context.line().has("--stat");
  const bool patch = context.line().has("--patch") || (!request.path.empty() && !stat);
  JsonArray array(context.out());
  const auto take = [&](ipc::ChangeInfo change) {
    if (context.json()) {
      array.add(change);
    } else if (patch || stat) {
      changes.push_back(std::move(change));
    } else {
      context.out().write(change_line(change, context.style()) + "\n");
    }
    return true;
  };
  VCS_ASSIGN(const ipc::DiffResponse commits, stream_comparison(client, wanted, take));
  if (context.json()) array.close();
  ChangeReader reader(client, {repository.name, commits.a, commits.b}, stat && patch);
  if (stat) VCS_TRY(print_stat(context, reader, changes));
  if (!patch) return ExitStatus::done;
  const bool one_file = changes.size() == 1 && changes.front().path == request.path;
  for (const ipc::ChangeInfo& change : changes) {
    context.out().write(change_line(change, context.style()) + "\n");
    if (context.line().has("--patch") || one_file) VCS_TRY(print_patch(context, reader, change));
  }
  return ExitStatus::done;
}

}  // namespace vcs::cli
