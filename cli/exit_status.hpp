// SPDX-License-Identifier: Apache-2.0
// The exit status of vcsctl, for the program that called it.
#pragma once

namespace vcs::cli {

enum class ExitStatus {
  done = 0,
  failed = 1,
  usage = 2,
  attention = 3,  // done, but something needs a person: a suspended repository, a remote far behind
  interrupted = 130,  // stopped by Ctrl-C
};

}  // namespace vcs::cli
