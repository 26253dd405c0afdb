// SPDX-License-Identifier: Apache-2.0
// Quotes words for a shell, for commands that people copy. Pure.
#pragma once

#include <string>
#include <string_view>

namespace vcs::cli {

// `word` unchanged if a shell reads it so, else in single quotes; with control characters or
// backslashes, as a call of printf. bash, zsh and fish read the same word. A newline at its end is
// lost.
std::string shell_word(std::string_view word);
// Always in single quotes.
std::string shell_quoted(std::string_view word);

}  // namespace vcs::cli
