// SPDX-License-Identifier: Apache-2.0
// vcsctl init: watch a folder from now on, and say what is still missing.
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/render/progress.hpp"
#include "cli/render/status.hpp"
#include "cli/render/unsaved.hpp"
#include "cli/session_start.hpp"

namespace vcs::cli {
namespace {

// What is known of the repository at the end of the command.
struct Begun {
  ipc::RepositoryInfo repository;
  ipc::RepositoryStatus status;
  bool waited = false;
  bool starts_with_session = false, copied = false;

  bool is_stopped() const { return status.state == "suspended" || status.state == "error"; }
  bool is_well() const { return !waited || (!is_stopped() && status.problem_count == 0); }
};

std::string state_of(const Begun& begun) {
  if (begun.waited && begun.is_stopped()) return "NOT saved: " + escaped_text(begun.status.reason);
  if (!begun.is_well()) return unsaved_summary(begun.status.problems, begun.status.problem_count);
  if (begun.waited) return "everything in it is saved";
  return begun.repository.created ? "the first snapshot runs" : "it is watched, with its history";
}

std::string begun_text(const Begun& begun, const Style& style) {
  std::string out = fmt::format("watching {} as {}; {}\n", escaped(begun.repository.worktree),
                                style.strong(escaped(begun.repository.name)), state_of(begun));
  if (begun.waited) out += unsaved_lines(begun.status.problems, begun.status.problem_count, style);
  if (!begun.starts_with_session)
    out += "vcsd does not start with your session yet: vcsctl service install\n";
  if (!begun.copied) out += "no copy elsewhere yet: vcsctl remote add NAME FOLDER\n";
  return out;
}

// The repository, and what is known at the end behind it.
std::string begun_json(const Begun& begun) {
  std::string out = ipc::encode(begun.repository);
  out.back() = ',';
  out += "\"problems\":[";
  for (const ipc::ProblemPath& problem : begun.status.problems)
    out += (out.back() == '[' ? "" : ",") + ipc::encode(problem);
  return out + fmt::format("],\"problem_count\":{},\"starts_with_session\":{},\"copied\":{}}}\n",
                           begun.status.problem_count, begun.starts_with_session, begun.copied);
}

}  // namespace

Outcome run_init(Context& context) {
  ipc::InitRequest request;
  VCS_ASSIGN(request.folder, context.folder(context.line().text("FOLDER")));
  request.name = context.line().text("--name");
  VCS_ASSIGN(ipc::Client client, context.connect());
  Begun begun;
  VCS_ASSIGN(begun.repository, client.call(ipc::methods::repo_init, request));
  begun.waited = context.line().has("--wait");
  base::Result<ipc::StatusResponse> saved;
  const auto ask = [&] {
    saved = client.call(ipc::methods::status, {begun.repository.name, begun.waited});
  };
  begun.waited ? with_snapshot_progress(context, begun.repository.name, ask) : ask();
  if (!saved) return tl::unexpected(saved.error());
  if (!saved->repositories.empty()) begun.status = std::move(saved->repositories.front());
  begun.copied = has_copies(begun.status);
  begun.starts_with_session = starts_with_session(context);
  if (context.json()) {
    context.out().write(begun_json(begun));
  } else {
    context.out().write(begun_text(begun, context.style()));
  }
  return begun.is_well() ? ExitStatus::done : ExitStatus::attention;
}

}  // namespace vcs::cli
