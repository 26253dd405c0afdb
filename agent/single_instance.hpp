// One agent for each home: a lock file that names its holder.
#pragma once

#include <memory>
#include <string>

#include "core/base/filesystem.hpp"

namespace vcs::agent {

// Held until the File is destroyed or the process dies; nothing stale is ever left behind. `busy`
// names who holds it.
base::Result<std::unique_ptr<base::File>> become_single_instance(base::Directory& data,
                                                                 const std::string& holder);

}  // namespace vcs::agent
