// SPDX-License-Identifier: Apache-2.0
// What a file held before and after a change, for whoever shows in which lines it differs.
#pragma once

#include <map>
#include <string>

#include "ipc/client.hpp"
#include "ipc/messages/history.hpp"

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
bool has_content(ipc::FileType type);

// Reads what changes are about, one after the other.
class ChangeReader {
 public:
  // `twice`: all changes are read once more, and as much as memory shall hold is kept for it.
  ChangeReader(ipc::Client& client, PatchSides sides, bool twice)
      : client_(client), sides_(std::move(sides)), twice_(twice) {}
  // Both sides of one change; nothing of a file that is too large to be shown.
  Result<ChangedContents> read(const ipc::ChangeInfo& change);

 private:
  Result<ChangedContents> fetch(const ipc::ChangeInfo& change);

  ipc::Client& client_;
  const PatchSides sides_;
  const bool twice_;
  std::map<std::string, ChangedContents> kept_;  // by path, until they are read again
  std::size_t kept_bytes_ = 0;
};

}  // namespace vcs::cli
