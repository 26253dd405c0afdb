// SPDX-License-Identifier: Apache-2.0
// Says in one or two lines what a restore has done. Pure.
#pragma once

#include <string>

#include "cli/render/text.hpp"
#include "ipc/messages/restore.hpp"

namespace vcs::cli {

struct RestoreWording {
  bool overwrite = false;
  bool elsewhere = false;  // not in the watched folder: the text names the target
};

// "restored src/main.c as of 10:29:25 (36 B)", "would replace src/main.c",
// "restored 12 files and folders as of 10:29:25 (1.20 kB), 3 of them replaced; 4 as saved already"
std::string restore_summary(const ipc::RestoreResponse& done, const RestoreWording& wording,
                            base::UnixNanos now);

}  // namespace vcs::cli
