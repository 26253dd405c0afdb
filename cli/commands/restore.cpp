// SPDX-License-Identifier: Apache-2.0
// vcsctl restore and clone: files come back from a commit.
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/commands/restore_items.hpp"
#include "cli/path_mapping.hpp"
#include "cli/render/heads.hpp"
#include "cli/repository_choice.hpp"
#include "core/base/byte_size.hpp"

namespace vcs::cli {
namespace {

ExitStatus status_of(const ipc::RestoreResponse& done) {
  return done.refused + done.failed == 0 ? ExitStatus::done : ExitStatus::failed;
}

}  // namespace

bool RestoreItems::take(const ipc::RestoreItem& item) {
  if (context_.json()) {
    array_.add(item);
    return true;
  }
  const bool trouble =
      item.action == "refused" || item.action == "failed" || item.action == "incomplete";
  if (!trouble && !all_) return true;
  bar_.erase();
  const std::string action = fmt::format("{:<8}", escaped(item.action));
  std::string line = trouble ? context_.style().bad(action) : action;
  line += "  " + escaped(item.path);
  if (!item.detail.empty()) line += ": " + escaped_text(item.detail);
  context_.out().write(line + "\n");
  return true;
}

std::string restore_summary(const ipc::RestoreResponse& done, bool overwrite) {
  std::string text = fmt::format("{}{} created, {} replaced, {} as they were",
                                 done.dry_run ? "would be: " : "", with_separators(done.created),
                                 with_separators(done.replaced), with_separators(done.unchanged));
  if (done.metadata != 0)
    text += fmt::format(" ({} but for mode, owner, time or attributes{})",
                        with_separators(done.metadata),
                        !overwrite     ? "; --overwrite sets them"
                        : done.dry_run ? ", which would be set"
                                       : ", which are set");
  if (done.incomplete != 0)
    text += fmt::format(", {} without all of their mode, owner, time and attributes",
                        with_separators(done.incomplete));
  if (done.refused != 0)
    text += fmt::format(", {} refused{}", with_separators(done.refused),
                        overwrite ? "" : " (they differ; --overwrite replaces them)");
  if (done.failed != 0) text += fmt::format(", {} failed", with_separators(done.failed));
  text += fmt::format("; {} from {} to {}\n", base::humanize_bytes(done.bytes),
                      short_id(done.commit), escaped(done.target));
  if (done.replaced != 0 && !done.dry_run && !done.before.empty())
    text += fmt::format("what stood there before is in {}\n", short_id(done.before));
  return text;
}

Outcome run_restore(Context& context) {
  if (context.line().has("--from")) return run_restore_from(context);
  VCS_ASSIGN(ipc::Client client, context.connect());
  VCS_ASSIGN(const ipc::RepositoryInfo repository, choose_repository(context, client));
  ipc::RestoreRequest request;
  request.repository = repository.name;
  request.commit = context.line().text("COMMIT");
  for (const std::string& argument : context.line().list("PATH")) {
    VCS_ASSIGN(const std::string path, path_in(context, repository, argument));
    request.paths.push_back(path_text(path));
  }
  if (context.line().has("--to")) {
    VCS_ASSIGN(request.target, context.new_folder(context.line().text("--to")));
  }
  request.overwrite = context.line().has("--overwrite");
  request.dry_run = context.line().has("--dry-run");
  ProgressBar bar(context);
  RestoreItems items(context, bar, request.dry_run);
  VCS_ASSIGN(const ipc::RestoreResponse done,
             client.stream(
                 ipc::methods::restore, request,
                 [&](const ipc::RestoreItem& item) { return items.take(item); }, bar.callback()));
  bar.erase();
  context.json() ? items.print_json(done)
                 : context.out().write(restore_summary(done, request.overwrite));
  return status_of(done);
}

std::string salvage_text(const ipc::SalvageReport& report, const Style& style) {
  if (report.incomplete.empty()) return {};
  std::string text =
      style.bad("this remote is damaged") + ": " + escaped_text(report.incomplete) + "\n";
  if (!report.missed_head.empty())
    text += "its newest commit cannot be had; this is the newest one that can\n";
  if (report.lost != 0)
    text += fmt::format("{} lost\n", counted(report.lost, "file is", "files are"));
  return text;
}

Outcome run_clone(Context& context) {
  ipc::CloneRequest request;
  request.url = remote_url(context.line().text("URL"), context.working_directory());
  VCS_ASSIGN(request.folder, context.new_folder(context.line().text("FOLDER")));
  request.name = context.line().text("--name");
  request.head = context.line().text("--head");
  request.no_push = context.line().has("--no-push");
  VCS_ASSIGN(ipc::Client client, context.connect());
  ProgressBar bar(context);
  RestoreItems items(context, bar, false);
  VCS_ASSIGN(const ipc::CloneResponse done,
             client.stream(
                 ipc::methods::clone, request,
                 [&](const ipc::RestoreItem& item) { return items.take(item); }, bar.callback()));
  bar.erase();
  if (context.json()) {
    items.print_json(done);
  } else {
    context.out().write(salvage_text(done.salvage, context.style()));
    context.out().write(fmt::format("watching {} as {}\n{}", escaped(done.repository.worktree),
                                    escaped(done.repository.name), restore_summary(done.restored)));
    if (done.restored.failed != 0)
      context.out().write(
          fmt::format("what was not written does not count as deleted; see: vcsctl owed -r {}\n",
                      escaped(done.repository.name)));
    context.out().write(cloned_head_text(done, context.clock().now()));
  }
  return done.salvage.incomplete.empty() ? status_of(done.restored) : ExitStatus::failed;
}

}  // namespace vcs::cli
