// SPDX-License-Identifier: Apache-2.0
// Returns the version that the build sets.
#include "cli/version.hpp"

namespace vcs::cli {

const char* version() {
  return VCS_CLI_VERSION;
}

}  // namespace vcs::cli
