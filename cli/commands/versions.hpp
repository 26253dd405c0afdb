// SPDX-License-Identifier: Apache-2.0
// Lists the versions of files, for a restore that names no version.
#pragma once

#include "cli/commands/commands.hpp"
#include "ipc/client.hpp"
#include "ipc/messages/repositories.hpp"

namespace vcs::cli {

// Prints each version with the command that restores it; restores nothing.
Outcome list_versions(Context& context, ipc::Client& client, const ipc::RepositoryInfo& repository,
                      const std::vector<std::string>& arguments);

}  // namespace vcs::cli
