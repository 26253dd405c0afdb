// SPDX-License-Identifier: Apache-2.0
// Turns the commit in a command line into one for the agent. Times become ids here, in the zone of
// the person who asks, because the agent may run in another zone.
#pragma once

#include <string>

#include "cli/context.hpp"

namespace vcs::cli {

// Splits "A..B"; a side that is left out is HEAD, as in git. False: `text` is no range.
bool split_range(const std::string& text, std::string& a, std::string& b);
// `invalid` if `text` is a range, with a hint to the commands that take one.
Result<void> must_not_be_range(const std::string& text);

// COMMIT as it was typed, with its @{…} resolved.
Result<std::string> named_commit(const Context& context, ipc::Client& client,
                                 const std::string& repository, const std::string& text);
// The commit of --at. A time before the history is not_found, and the message names the first
// commit: a person who asks for a time must not get a later state.
Result<std::string> commit_at(const Context& context, ipc::Client& client,
                              const std::string& repository, const std::string& time);
// --at if it was given, else `text`, or HEAD if that is "".
Result<std::string> chosen_commit(const Context& context, ipc::Client& client,
                                  const std::string& repository, const std::string& text);

// COMMIT for an agent that resolves it at a remote. A time in it gets its zone, so that it means
// the same everywhere. "" is HEAD.
Result<std::string> commit_for_everywhere(const Context& context, const std::string& text);

}  // namespace vcs::cli
