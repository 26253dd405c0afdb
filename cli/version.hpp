// SPDX-License-Identifier: Apache-2.0
// The version of vcsctl, from the project's one definition in CMakeLists.txt.
#pragma once

namespace vcs::cli {

const char* version();

}  // namespace vcs::cli
