// SPDX-License-Identifier: Apache-2.0
// Reads the content of a file before and after a change, to show the lines that differ.
#pragma once

#include <map>
#include <string>

#include "ipc/client.hpp"
#include "ipc/messages/history.hpp"

namespace vcs::cli {

struct PatchSides {
  std::string repository;
  std::string before, after;  // ids of commits; before "": no parent
};

struct ChangedContents {
  enum class Kind { same, text, binary, too_large };  // same: only metadata differ, or no content
  Kind kind = Kind::same;
  std::string before, after;  // the contents, for Kind::text; "" if there was no file
};

// Whether an entry of this type has content: a file or a symlink.
bool has_content(ipc::FileType type);

// Reads the contents of changes, one after the other.
class ChangeReader {
 public:
  // `twice`: the caller reads each change two times. Then contents are kept for the second time, up
  // to a bound.
  ChangeReader(ipc::Client& client, PatchSides sides, bool twice)
      : client_(client), sides_(std::move(sides)), twice_(twice) {}
  // Both sides of one change; no contents for a file that is too large to show.
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
