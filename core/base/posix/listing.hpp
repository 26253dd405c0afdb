// SPDX-License-Identifier: Apache-2.0
// Lists the names in an open folder, for the filesystem and for the watcher.
#pragma once

#include <functional>
#include <string>

#include "core/base/filesystem.hpp"

namespace vcs::base::posix {

// Calls `visitor` for each entry of the folder `fd`, from the start; it returns false to stop.
// Moves the position of `fd`. Returns true if the folder has an entry. `where` names the folder in
// messages. Any thread, one at a time for a descriptor.
Result<bool> list_names(int fd, const std::string& where,
                        const std::function<bool(const DirectoryEntry&)>& visitor);

}  // namespace vcs::base::posix
