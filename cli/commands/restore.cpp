// SPDX-License-Identifier: Apache-2.0
// vcsctl restore and clone: bring files back from a commit.
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/commands/restore_items.hpp"
#include "cli/commands/versions.hpp"
#include "cli/named_commit.hpp"
#include "cli/path_mapping.hpp"
#include "cli/render/heads.hpp"
#include "cli/render/restored.hpp"
#include "cli/repository_choice.hpp"
#include "ipc/client.hpp"
#include "ipc/messages/clone.hpp"
#include "ipc/messages/repositories.hpp"
#include "ipc/messages/restore.hpp"

namespace vcs::cli {
namespace {

ExitStatus status_of(const ipc::RestoreResponse& done) {
  return done.refused + done.failed == 0 ? ExitStatus::done : ExitStatus::failed;
}

// The paths for the request. An empty list means everything; the top folder means the same.
Result<std::vector<std::string>> wanted_paths(const Context& context,
                                              const ipc::RepositoryInfo& repository,
                                              const std::vector<std::string>& arguments) {
  std::vector<std::string> paths;
  bool all = false;
  for (const std::string& argument : arguments) {
    VCS_ASSIGN(const std::string path, path_in(context, repository, argument));
    all = all || path.empty();
    paths.push_back(path_text(path));
  }
  return all ? std::vector<std::string>() : paths;
}

// Says how many files are restored; the agent may have restored a few more since its last progress.
Failure stopped(const ipc::Progress& progress) {
  return fail(ErrorCode::cancelled,
              "stopped; {} of {} are restored. To go on, repeat the command; if there are newer "
              "saves now, give the id of the save in place of HEAD or a time",
              with_separators(progress.files_done), counted(progress.files_total, "file", "files"));
}

}  // namespace

bool RestoreItems::take(const ipc::RestoreItem& item) {
  if (context_.json()) {
    kept_.add(item);
    return true;
  }
  const bool trouble = item.action == ipc::FileAction::refused ||
                       item.action == ipc::FileAction::failed ||
                       item.action == ipc::FileAction::incomplete;
  if (!trouble && !all_) return true;
  bar_.erase();
  const std::string action = fmt::format("{:<8}", item.action == ipc::FileAction::refused
                                                      ? "kept"
                                                      : std::string(base::name_of(item.action)));
  std::string line = trouble ? context_.style().bad(action) : action;
  line += "  " + escaped(item.path);
  if (!item.detail.empty()) line += ": " + escaped_text(item.detail);
  context_.out().write(line + "\n");
  return true;
}

Outcome run_restore(Context& context) {
  if (context.line().has("--from")) return run_restore_from(context);
  VCS_ASSIGN(ipc::Client client, context.connect());
  VCS_ASSIGN(const ipc::RepositoryInfo repository, choose_repository(context, client));
  std::vector<std::string> paths = context.line().list("PATH");
  std::string commit = context.line().text("COMMIT");
  if (context.line().has("--at") && !commit.empty()) {
    paths.insert(paths.begin(), commit);
    commit.clear();
  } else if (!commit.empty() && !looks_like_commit(commit)) {
    paths.insert(paths.begin(), commit);
    return list_versions(context, client, repository, paths);
  } else if (commit.empty() && !context.line().has("--at")) {
    return fail(ErrorCode::invalid,
                "from which commit? Write COMMIT or --at TIME before the files, as in "
                "--at '10 minutes ago'; vcsctl restore FILE lists the versions of a file");
  }
  ipc::RestoreRequest request;
  request.repository = repository.name;
  VCS_ASSIGN(request.commit, chosen_commit(context, client, repository.name, commit));
  VCS_ASSIGN(request.paths, wanted_paths(context, repository, paths));
  if (context.line().has("--to")) {
    VCS_ASSIGN(request.target, context.new_folder(context.line().text("--to")));
  }
  request.overwrite = context.line().has("--overwrite");
  request.dry_run = context.line().has("--dry-run");
  ProgressBar bar(context);
  RestoreItems items(context, bar, request.dry_run);
  ipc::Progress last;
  const auto done = client.stream<ipc::Restore>(
      request, [&](const ipc::RestoreItem& item) { return items.take(item); },
      [&](const ipc::Progress& progress) {
        last = progress;
        bar.show(progress);
      });
  bar.erase();
  if (!done && context.cancelled()) return stopped(last);
  if (!done) return tl::unexpected(done.error());
  context.json()
      ? items.print_json(*done)
      : context.out().write(restore_summary(*done, {request.overwrite, context.line().has("--to")},
                                            context.clock().now()));
  return status_of(*done);
}

std::string salvage_text(const ipc::SalvageReport& report, const Style& style) {
  if (report.incomplete.empty()) return {};
  std::string text =
      style.bad("this remote is damaged") + ": " + escaped_text(report.incomplete) + "\n";
  if (!report.missed_head.empty())
    text += "its newest save cannot be fetched; this is the newest one that can\n";
  if (report.lost != 0)
    text += fmt::format("{} lost\n", counted(report.lost, "file is", "files are"));
  return text;
}

Outcome run_clone(Context& context) {
  ipc::CloneRequest request;
  VCS_ASSIGN(request.url, context.remote_url(context.line().text("URL")));
  VCS_ASSIGN(request.folder, context.new_folder(context.line().text("FOLDER")));
  request.name = context.line().text("--name");
  request.head = context.line().text("--head");
  request.no_push = context.line().has("--no-push");
  VCS_ASSIGN(ipc::Client client, context.connect());
  ProgressBar bar(context);
  RestoreItems items(context, bar, false);
  VCS_ASSIGN(
      const ipc::CloneResponse done,
      client.stream<ipc::Clone>(
          request, [&](const ipc::RestoreItem& item) { return items.take(item); }, bar.callback()));
  bar.erase();
  if (context.json()) {
    items.print_json(done);
  } else {
    context.out().write(salvage_text(done.salvage, context.style()));
    context.out().write(fmt::format("watching {} as {}\n", escaped(done.repository.worktree),
                                    escaped(done.repository.name)));
    context.out().write(done.restored.target.empty()
                            ? "it was cloned from there before, and nothing of it is missing\n"
                            : restore_summary(done.restored, {}, context.clock().now()));
    if (done.restored.failed != 0)
      context.out().write(
          fmt::format("what was not written does not count as deleted; see: vcsctl owed -r {}\n",
                      escaped(done.repository.name)));
    context.out().write(cloned_head_text(done, context.clock().now()));
  }
  return done.salvage.incomplete.empty() ? status_of(done.restored) : ExitStatus::failed;
}

}  // namespace vcs::cli
