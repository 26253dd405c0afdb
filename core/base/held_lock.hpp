// SPDX-License-Identifier: Apache-2.0
// A lock file that names its holder, so that whoever comes second can be told who came first.
#pragma once

#include <memory>
#include <string>

#include "core/base/filesystem.hpp"

namespace vcs::base {

// Held until the File is destroyed or the process dies; nothing stale is ever left behind. `busy`:
// the message is the other holder's text.
Result<std::unique_ptr<File>> hold_lock(Directory& directory, const std::string& name,
                                        const std::string& holder);

}  // namespace vcs::base
