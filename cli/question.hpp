// SPDX-License-Identifier: Apache-2.0
// A question to the person at the terminal.
#pragma once

#include <optional>
#include <string>

#include "cli/context.hpp"

namespace vcs::cli {

// The line that was typed, without its end; "" for none. Nothing where nobody can be asked: the
// input or the place of the question is no terminal.
std::optional<std::string> ask(const Context& context, const std::string& question);

// Yes or no; a line without an answer is `usual`. An end without a line, or a wish to stop, is
// cancelled.
std::optional<Result<bool>> ask_whether(const Context& context, const std::string& question,
                                        bool usual);

}  // namespace vcs::cli
