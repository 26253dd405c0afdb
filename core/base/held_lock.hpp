// SPDX-License-Identifier: Apache-2.0
// A lock file that contains the name of its holder, so that an error message can name it.
#pragma once

#include <memory>
#include <string>

#include "core/base/filesystem.hpp"

namespace vcs::base {

// Takes the lock and writes `holder` into the file. The lock ends when the File is destroyed or the
// process dies, so it is never stale. `busy`: the message is the other holder's text.
Result<std::unique_ptr<File>> hold_lock(Directory& directory, const std::string& name,
                                        const std::string& holder);

}  // namespace vcs::base
