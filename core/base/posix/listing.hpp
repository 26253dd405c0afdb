// SPDX-License-Identifier: Apache-2.0
// The names in an open folder, for the filesystem and for those who watch it.
#pragma once

#include <functional>
#include <string>

#include "core/base/filesystem.hpp"

namespace vcs::base::posix {

// Tells the folder `fd` from its start, moving its position; false from the visitor stops. Whether
// it has anything. `where` names it in messages. Any thread, one at a time for a descriptor.
Result<bool> list_names(int fd, const std::string& where,
                        const std::function<bool(const DirectoryEntry&)>& visitor);

}  // namespace vcs::base::posix
