// SPDX-License-Identifier: Apache-2.0
// vcsctl repair: makes a damaged history whole as far as possible, and names what stays lost.
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/commands/damaged_objects.hpp"
#include "cli/repository_choice.hpp"
#include "ipc/client.hpp"
#include "ipc/messages/repositories.hpp"
#include "ipc/messages/upkeep.hpp"

namespace vcs::cli {
namespace {

std::string list_of(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + escaped(name);
  return text;
}

std::string done_text(const ipc::RepairResponse& done) {
  std::string out;
  if (done.indexes != 0)
    out += fmt::format("{} rebuilt from {}\n", counted(done.indexes, "index", "indexes"),
                       done.indexes == 1 ? "its pack" : "their packs");
  if (done.packs != 0)
    out += fmt::format("the readable parts of {} are in new packs\n",
                       counted(done.packs, "damaged pack", "damaged packs"));
  if (done.fetched != 0)
    out += fmt::format("{} fetched from a remote\n", counted(done.fetched, "object", "objects"));
  if (done.from_files != 0)
    out += fmt::format("{} stored again from the files of the folder\n",
                       counted(done.from_files, "object", "objects"));
  if (!done.rejoined.empty())
    out += fmt::format("new commits follow {}, which had been lost\n", short_id(done.rejoined));
  if (!done.aside.empty())
    out += fmt::format("put aside, not deleted, in {}: {}\n", escaped(done.aside_folder),
                       list_of(done.aside));
  return out;
}

std::string dry_text(const ipc::RepairResponse& found) {
  return fmt::format(
      "nothing was changed; a repair would rebuild {} and save the readable parts of {}; damaged "
      "or missing: {}; of these, remotes are known to have {}\n",
      counted(found.indexes, "index", "indexes"),
      counted(found.packs, "damaged pack", "damaged packs"),
      counted(found.damaged, "object", "objects"), with_separators(found.fetched));
}

std::string repair_text(const ipc::RepairResponse& done, bool given_up, const Style& style) {
  std::string out = done.dry_run ? dry_text(done) : done_text(done);
  for (const std::string& note : done.notes) out += escaped_text(note) + "\n";
  for (const std::string& error : done.errors)
    out += style.bad("error") + "  " + escaped_text(error) + "\n";
  if (done.error_count > done.errors.size())
    out += fmt::format("and {} more\n", with_separators(done.error_count - done.errors.size()));
  if (done.error_count == 0) return out + style.good("the history is whole") + "\n";
  if (done.dry_run) return out;
  if (given_up)
    return out + style.bad("what is named above is lost, and given up") +
           ": status no longer reports it, and remotes get everything else. If a remote or disk "
           "that has it comes back, run: vcsctl repair.\n";
  return out + style.bad("the errors above cannot be repaired now") +
         ": no remote or folder that was asked has the missing objects. If another remote or disk "
         "comes back, run vcsctl repair again. To stop waiting for it: vcsctl repair --give-up.\n";
}

}  // namespace

Outcome run_repair(Context& context) {
  VCS_ASSIGN(ipc::Client client, context.connect());
  ipc::RepairRequest request;
  request.repository = context.line().text("REPOSITORY");
  if (request.repository.empty()) {
    VCS_ASSIGN(const ipc::RepositoryInfo repository, choose_repository(context, client));
    request.repository = repository.name;
  }
  request.from = context.line().text("--from");
  request.dry_run = context.line().has("--dry-run");
  request.give_up = context.line().has("--give-up");
  JsonItems damaged;
  VCS_ASSIGN(const ipc::RepairResponse done,
             ask_what_is_damaged<ipc::Repair>(context, client, request, damaged));
  if (context.json()) {
    context.print_json(JsonObject().field("items", damaged).field("result", done));
  } else {
    context.out().write(repair_text(done, request.give_up, context.style()));
  }
  return done.error_count == 0 ? ExitStatus::done : ExitStatus::failed;
}

}  // namespace vcs::cli
