// SPDX-License-Identifier: Apache-2.0
// The version of the program, for `--version`, `status` and the greeting.
#pragma once

namespace vcs::agent::process {

inline constexpr const char* kVersion = VCS_AGENT_VERSION;

}  // namespace vcs::agent::process
