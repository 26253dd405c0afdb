// SPDX-License-Identifier: Apache-2.0
// What a file held before and after a change, for whoever shows in which lines it differs.
#pragma once

#include <string>

#include "ipc/client.hpp"
#include "ipc/messages.hpp"

namespace vcs::cli {

struct PatchSides {
  std::string repository;
  std::string before, after;  // ids of commits; before "": there was none
};

struct ChangedContents {
  enum class Kind { same, text, binary, too_large };  // same: only the metadata differ, or no file
  Kind kind = Kind::same;
  std::string before, after;  // of text; "" where there was no file
};

// Whether what has this type ("" : nothing) can differ in what it holds.
bool has_content(const std::string& type);

// Fetches both sides of one change; nothing of a file that is too large to be shown.
base::Result<ChangedContents> read_changed_contents(ipc::Client& client, const PatchSides& sides,
                                                    const ipc::ChangeInfo& change);

}  // namespace vcs::cli
