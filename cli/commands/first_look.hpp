// SPDX-License-Identifier: Apache-2.0
// What is known of a repository after a folder began to be watched: with --wait, after the look at
// all of it, with a bar.
#pragma once

#include <string>

#include "cli/context.hpp"
#include "cli/render/text.hpp"
#include "ipc/messages/status.hpp"

namespace vcs::cli {

struct FirstLook {
  ipc::RepositoryStatus status;
  bool waited = false;

  bool is_stopped() const {
    return status.state == ipc::RepositoryState::suspended ||
           status.state == ipc::RepositoryState::error;
  }
  // As far as somebody waited for it.
  bool all_saved() const { return !waited || (!is_stopped() && status.problem_count == 0); }
  // "NOT saved: …", "2 files could not be saved (…)", "everything in it is saved"; who did not wait
  // has something else to say.
  std::string text() const;
  // The files that could not be saved, a line each.
  std::string unsaved(const Style& style) const;
};
Result<FirstLook> look_at_first(Context& context, ipc::Client& client,
                                const std::string& repository, bool wait);

}  // namespace vcs::cli
