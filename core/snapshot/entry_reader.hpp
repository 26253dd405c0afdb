// SPDX-License-Identifier: Apache-2.0
// Opens one entry of the worktree, reads what it is, and judges whether it held still meanwhile.
#pragma once

#include "core/object/hasher.hpp"
#include "core/snapshot/folder_trail.hpp"
#include "core/snapshot/ingest.hpp"

namespace vcs::snapshot {

// Takes the content of a file of `out.stat.size` bytes: stores it, and fills in `out.content` and
// `out.state`, which is `unstable` when the file has become shorter. An error is one of the store.
class ContentTaker {
 public:
  virtual ~ContentTaker() = default;
  virtual base::Result<void> take_content(base::File& file, Ingested& out) = 0;
};

// One per thread. Neighbouring entries share open folders.
class EntryReader {
 public:
  EntryReader(base::Directory& root, const base::Clock& clock, const IngestOptions& options,
              object::Hasher& hasher, ContentTaker& content)
      : folders_(root), clock_(clock), options_(options), hasher_(hasher), content_(content) {}

  base::Result<void> read(const Candidate& candidate, Ingested& out);

 private:
  base::Result<void> read_file(base::Directory& folder, const std::string& path, Ingested& out);
  void read_directory(base::Directory& folder, Ingested& out);
  void read_symlink(base::Directory& folder, Ingested& out);

  FolderTrail folders_;
  const base::Clock& clock_;
  const IngestOptions& options_;
  object::Hasher& hasher_;
  ContentTaker& content_;
  std::string name_;
};

// The times are so young that a later change might not show in them.
bool looks_racy(const base::FileStat& stat, base::UnixNanos read_start);

// Says in `out` why its entry could not be read.
void refuse(Ingested& out, const base::Error& error);

}  // namespace vcs::snapshot
