// SPDX-License-Identifier: Apache-2.0
// What --wait waits for after a folder began to be watched: the look at all of it, with a bar.
#pragma once

#include <string>

#include "cli/context.hpp"

namespace vcs::cli {

struct FirstLook {
  ipc::Count unsaved = 0;  // files
  std::string stopped;     // why nothing is saved; "": it is
  bool all_saved() const { return unsaved == 0 && stopped.empty(); }
  // "NOT saved: …", "2 files could not be saved; …", "everything in it is saved"
  std::string text() const;
};
base::Result<FirstLook> await_first_look(Context& context, ipc::Client& client,
                                         const std::string& repository);

}  // namespace vcs::cli
