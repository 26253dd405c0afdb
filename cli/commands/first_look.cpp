// SPDX-License-Identifier: Apache-2.0
// Asks for the status, and waits if asked to.
#include "cli/commands/first_look.hpp"

#include "cli/render/progress.hpp"
#include "cli/render/unsaved.hpp"
#include "ipc/client.hpp"
#include "ipc/messages/status.hpp"

namespace vcs::cli {

std::string FirstLook::text() const {
  if (is_stopped()) return "NOT saved: " + escaped_text(status.reason);
  if (status.problem_count == 0) return "everything in it is saved";
  return unsaved_summary(status.problems, status.problem_count);
}

std::string FirstLook::unsaved(const Style& style) const {
  return waited ? unsaved_lines(status.problems, status.problem_count, style) : std::string();
}

Result<FirstLook> look_at_first(Context& context, ipc::Client& client,
                                const std::string& repository, bool wait) {
  Result<ipc::StatusResponse> known;
  const auto ask = [&] { known = client.call<ipc::Status>({repository, wait}); };
  wait ? with_snapshot_progress(context, repository, ask) : ask();
  if (!known) return tl::unexpected(known.error());
  FirstLook look;
  look.waited = wait;
  if (!known->repositories.empty()) look.status = std::move(known->repositories.front());
  return look;
}

}  // namespace vcs::cli
