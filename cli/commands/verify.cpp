// SPDX-License-Identifier: Apache-2.0
// vcsctl verify: proves that the history can be read, and names what is damaged.
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/commands/damaged_objects.hpp"
#include "cli/repository_choice.hpp"
#include "core/base/byte_size.hpp"
#include "ipc/client.hpp"
#include "ipc/messages/repositories.hpp"
#include "ipc/messages/upkeep.hpp"

namespace vcs::cli {
namespace {

std::string verify_text(const ipc::VerifyResponse& found, bool read, const Style& style) {
  std::string out;
  for (const std::string& error : found.errors)
    out += style.bad("error") + "  " + escaped_text(error) + "\n";
  if (found.error_count > found.errors.size())
    out += fmt::format("and {} more\n", with_separators(found.error_count - found.errors.size()));
  const std::string size =
      fmt::format("{} in {}, {}", counted(found.objects, "object", "objects"),
                  counted(found.packs, "pack", "packs"), base::humanize_bytes(found.bytes));
  if (found.error_count != 0)
    return out + style.bad(counted(found.error_count, "error", "errors")) + " in " + size +
           "; see what can be repaired: vcsctl repair --dry-run\n";
  return out +
         style.good(read ? "every byte was read and is as it was saved" : "everything is there") +
         ": " + size + "\n";
}

}  // namespace

Outcome run_verify(Context& context) {
  VCS_ASSIGN(ipc::Client client, context.connect());
  VCS_ASSIGN(const ipc::RepositoryInfo repository, choose_repository(context, client));
  const ipc::VerifyRequest request{repository.name, context.line().has("--read-data")};
  JsonItems damaged;
  VCS_ASSIGN(const ipc::VerifyResponse found,
             ask_what_is_damaged<ipc::Verify>(context, client, request, damaged));
  if (context.json()) {
    context.print_json(JsonObject::of(found).field("damaged", damaged).field("hurts", damaged));
  } else {
    context.out().write(verify_text(found, request.read_data, context.style()));
  }
  return found.error_count == 0 ? ExitStatus::done : ExitStatus::failed;
}

}  // namespace vcs::cli
