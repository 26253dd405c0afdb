// SPDX-License-Identifier: Apache-2.0
// Formats commits and their changes for people. Pure.
#pragma once

#include <string>
#include <string_view>

#include "cli/render/text.hpp"
#include "ipc/messages/history.hpp"

namespace vcs::cli {

// The word that people use for the type of an entry.
std::string_view type_word(ipc::FileType type);
// A, M, D, T, P.
char change_letter(const ipc::ChangeInfo& change);
// The path of the change, with a slash behind a folder.
std::string shown_name(const ipc::ChangeInfo& change);
// "M  src/a.cpp", "P  run.sh  (100644 -> 100755)"
std::string change_line(const ipc::ChangeInfo& change, const Style& style);
// "3 added, 1 modified"; "nothing changed"
std::string change_counts(const ipc::ChangeCounts& counts);
// How to show a log.
struct LogView {
  std::string_view path = {};  // only the changes of this file or folder; "": all
  base::UnixNanos now{};       // shows how long ago each commit was; 0: does not
};
// "3f2a91c04b7e  2026-11-21 12:03:44  src/main.c and 3 more  deleted 2  message"
std::string log_line(const ipc::CommitInfo& commit, const LogView& view, const Style& style);
// "src/main.c and 3 more  deleted 2"
std::string what_changed(const ipc::CommitInfo& commit);
// The header of `show`.
std::string commit_header(const ipc::CommitInfo& commit, base::UnixNanos now, const Style& style);

}  // namespace vcs::cli
