// SPDX-License-Identifier: Apache-2.0
// Completions for shells: each script asks `vcsctl complete`. Pure.
#pragma once

#include <string>
#include <string_view>

namespace vcs::cli {

// `shell`: bash, zsh or fish.
std::string completion_script(std::string_view shell);

}  // namespace vcs::cli
