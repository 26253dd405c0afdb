// SPDX-License-Identifier: Apache-2.0
// A status that waits, and what of it is of interest.
#include "cli/commands/first_look.hpp"

#include "cli/render/progress.hpp"

namespace vcs::cli {

std::string FirstLook::text() const {
  if (!stopped.empty()) return "NOT saved: " + stopped;
  if (unsaved == 0) return "everything in it is saved";
  return counted(unsaved, "file", "files") + " could not be saved; see: vcsctl status";
}

base::Result<FirstLook> await_first_look(Context& context, ipc::Client& client,
                                         const std::string& repository) {
  base::Result<ipc::StatusResponse> saved;
  with_snapshot_progress(context, repository, [&] {
    saved = client.call(ipc::methods::status, {repository, true});
  });
  if (!saved) return tl::unexpected(saved.error());
  FirstLook look;
  for (const ipc::RepositoryStatus& now : saved->repositories) {
    look.unsaved += now.problem_count;
    if (now.state == "suspended" || now.state == "error") look.stopped = escaped_text(now.reason);
  }
  return look;
}

}  // namespace vcs::cli
