// SPDX-License-Identifier: Apache-2.0
// A remote in a folder: another disk, a mounted share. docs/remotes/file.md
#pragma once

#include <memory>
#include <string>

#include "core/base/filesystem.hpp"
#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "core/base/sleeper.hpp"
#include "core/remote/remote_store.hpp"

namespace vcs::remote::drivers {

struct FileRemoteServices {
  base::FileSystem& filesystem;
  const base::Clock& clock;
  base::Random& random;
  base::Sleeper sleep;
  base::Log log;
};

// With `create`, a missing or empty folder becomes a store; a folder with other files is refused
// (`invalid`). Without it, a folder that is missing or is no store is `unavailable`: its disk may
// not be mounted, and a new folder would fill the wrong disk.
Result<std::unique_ptr<RemoteStore>> open_file_remote(const std::string& path, bool create,
                                                      FileRemoteServices services);

}  // namespace vcs::remote::drivers
