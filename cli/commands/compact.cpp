// SPDX-License-Identifier: Apache-2.0
// vcsctl repo compact: merges packs now instead of when the agent is idle.
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/render/progress.hpp"
#include "cli/repository_choice.hpp"
#include "core/base/byte_size.hpp"
#include "ipc/client.hpp"
#include "ipc/messages/upkeep.hpp"

namespace vcs::cli {
namespace {

std::string compact_text(const ipc::CompactResponse& done, const Style& style) {
  std::string out;
  for (const std::string& error : done.errors)
    out += style.bad("error") + "  " + escaped_text(error) + "\n";
  if (done.runs == 0) return out + "there is nothing to gain\n";
  return out + fmt::format(
                   "{} became {}: {} are {} now\n", counted(done.packs_before, "pack", "packs"),
                   counted(done.packs_after, "pack", "packs"),
                   base::humanize_bytes(done.bytes_before), base::humanize_bytes(done.bytes_after));
}

}  // namespace

Outcome run_repo_compact(Context& context) {
  VCS_ASSIGN(ipc::Client client, context.connect());
  const ipc::CompactRequest request{context.line().text("NAME")};
  ProgressBar bar(context);
  VCS_ASSIGN(const ipc::CompactResponse done,
             client.stream<ipc::RepoCompact>(
                 request, [](const ipc::Empty&) { return true; }, bar.callback()));
  bar.erase();
  if (context.json()) {
    context.print_json(done);
  } else {
    context.out().write(compact_text(done, context.style()));
  }
  return done.errors.empty() ? ExitStatus::done : ExitStatus::failed;
}

}  // namespace vcs::cli
