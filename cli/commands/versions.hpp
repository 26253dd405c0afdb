// SPDX-License-Identifier: Apache-2.0
// The versions of files, for somebody who wants one back and has not said which.
#pragma once

#include "cli/commands/commands.hpp"
#include "ipc/client.hpp"
#include "ipc/messages/repositories.hpp"

namespace vcs::cli {

// Each with the command that brings it back; nothing is restored.
Outcome list_versions(Context& context, ipc::Client& client, const ipc::RepositoryInfo& repository,
                      const std::vector<std::string>& arguments);

}  // namespace vcs::cli
