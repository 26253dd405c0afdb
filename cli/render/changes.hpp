// SPDX-License-Identifier: Apache-2.0
// Commits and their changes for people. Pure.
#pragma once

#include <string>

#include "cli/render/text.hpp"
#include "ipc/messages.hpp"

namespace vcs::cli {

// A, M, D, T, P.
char change_letter(const ipc::ChangeInfo& change);
// "M  src/a.cpp", "P  run.sh  (100644 -> 100755)"
std::string change_line(const ipc::ChangeInfo& change, const Style& style);
// "3 added, 1 modified"; "nothing changed"
std::string change_counts(const ipc::ChangeCounts& counts);
// "3f2a91c04b7e  2026-11-21 12:03:44  auto    +3 ~1 -0  message"
std::string log_line(const ipc::CommitInfo& commit, const Style& style);
// The header of `show`.
std::string commit_header(const ipc::CommitInfo& commit, base::UnixNanos now, const Style& style);

}  // namespace vcs::cli
