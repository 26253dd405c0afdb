// SPDX-License-Identifier: Apache-2.0
// The status of a repository that has just begun to be watched. With --wait: after its first full
// scan, with a progress bar meanwhile.
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
  // True also if the command did not wait.
  bool all_saved() const { return !waited || (!is_stopped() && status.problem_count == 0); }
  // "NOT saved: …", "2 files could not be saved (…)", "everything in it is saved". Only for
  // commands that waited.
  std::string text() const;
  // The files that could not be saved, one on each line; "" if the command did not wait.
  std::string unsaved(const Style& style) const;
};
Result<FirstLook> look_at_first(Context& context, ipc::Client& client,
                                const std::string& repository, bool wait);

}  // namespace vcs::cli
