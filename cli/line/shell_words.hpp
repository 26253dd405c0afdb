// SPDX-License-Identifier: Apache-2.0
// Words as a shell reads them, for commands that are shown to be typed. Pure.
#pragma once

#include <string>
#include <string_view>

namespace vcs::cli {

// `word` as it is where a shell takes it so, else in single quotes; where it has control characters
// or backslashes, as what printf prints. bash, zsh and fish read the same. A newline at its end is
// lost.
std::string shell_word(std::string_view word);
// Always in single quotes.
std::string shell_quoted(std::string_view word);

}  // namespace vcs::cli
