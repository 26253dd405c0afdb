// SPDX-License-Identifier: Apache-2.0
// Tells the version that the build was given.
#include "cli/version.hpp"

namespace vcs::cli {

const char* version() {
  return VCS_CLI_VERSION;
}

}  // namespace vcs::cli
