// SPDX-License-Identifier: Apache-2.0
// Opens one entry of the worktree, reads it, and decides whether it changed meanwhile.
#pragma once

#include "core/object/hasher.hpp"
#include "core/snapshot/ingest_types.hpp"
#include "core/worktree/folder_trail.hpp"

namespace vcs::snapshot {

// Stores the content of a file of `out.stat.size` bytes, and sets `out.content` and `out.state`,
// which is `unstable` if the file has become shorter. An error is the store's.
class ContentTaker {
 public:
  virtual ~ContentTaker() = default;
  virtual Result<void> take_content(base::File& file, Ingested& out) = 0;
};

// One per thread. Neighbouring entries share open folders.
class EntryReader {
 public:
  EntryReader(base::Directory& root, const base::Clock& clock, const IngestOptions& options,
              object::Hasher& hasher, ContentTaker& content)
      : folders_(root), clock_(clock), options_(options), hasher_(hasher), content_(content) {}

  // If memory is short, refuses this entry; the caller may try the next one.
  Result<void> read(const worktree::Candidate& candidate, Ingested& out);

 private:
  Result<void> read_entry(const worktree::Candidate& candidate, Ingested& out);
  Result<void> read_file(base::Directory& folder, const std::string& path, Ingested& out);
  void read_directory(base::Directory& folder, Ingested& out);
  void read_symlink(base::Directory& folder, Ingested& out);

  worktree::FolderTrail folders_;
  const base::Clock& clock_;
  const IngestOptions& options_;
  object::Hasher& hasher_;
  ContentTaker& content_;
  std::string name_;
};

// True if the times are so young that a later change might not change them.
bool looks_racy(const base::FileStat& stat, base::UnixNanos read_start);

// Extended attributes as found: those that could be read, and the names of the others. `error` is
// empty if the filesystem supports none.
struct ReadAttributes {
  explicit ReadAttributes(Result<std::vector<base::ExtendedAttribute>> found);
  std::vector<base::ExtendedAttribute> readable;
  std::vector<std::string> unread;
  std::optional<Error> error;
};

// `readable`, plus the values in `before` of the unread attributes. No names in `unread`: `before`.
std::vector<base::ExtendedAttribute> with_known_attributes(
    std::vector<base::ExtendedAttribute> readable, const std::vector<std::string>& unread,
    const std::vector<base::ExtendedAttribute>& before);

// Records in `out` why its entry could not be read.
void refuse(Ingested& out, const Error& error);

}  // namespace vcs::snapshot
