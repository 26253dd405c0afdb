// SPDX-License-Identifier: Apache-2.0
// Which commit a command is about, as the agent is told. Times are read here, in the zone of who
// asks, and become ids: the agent may live in another zone.
#pragma once

#include <string>

#include "cli/context.hpp"

namespace vcs::cli {

// "A..B", of which each may be left out and is HEAD then, as in git.
bool split_range(const std::string& text, std::string& a, std::string& b);
// The commands that want one commit say what ranges are for.
Result<void> must_not_be_range(const std::string& text);

// COMMIT as it was typed, with its @{…} resolved.
Result<std::string> named_commit(const Context& context, ipc::Client& client,
                                 const std::string& repository, const std::string& text);
// The commit of --at. A time before all history is not_found, and the message names the first
// commit: whoever wanted the state of then must not get a later one for it.
Result<std::string> commit_at(const Context& context, ipc::Client& client,
                              const std::string& repository, const std::string& time);
// --at if it was given, else `text`, or HEAD where that is "".
Result<std::string> chosen_commit(const Context& context, ipc::Client& client,
                                  const std::string& repository, const std::string& text);

// COMMIT for an agent that has to look for it elsewhere than in a repository of ours: a time in it
// gets the zone that makes it the same everywhere. "" is HEAD.
Result<std::string> commit_for_everywhere(const Context& context, const std::string& text);

}  // namespace vcs::cli
