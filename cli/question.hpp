// SPDX-License-Identifier: Apache-2.0
// Asks the person at the terminal a question.
#pragma once

#include <optional>
#include <string>

#include "cli/context.hpp"

namespace vcs::cli {

// The line that the person typed, without its newline; "" for none. nullopt with --json, or if
// standard input or standard error is no terminal.
std::optional<std::string> ask(const Context& context, const std::string& question);

// Yes or no; an empty line means `usual`. `cancelled` if the input ends or the person asks to stop.
std::optional<Result<bool>> ask_whether(const Context& context, const std::string& question,
                                        bool usual);

}  // namespace vcs::cli
