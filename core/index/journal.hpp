// SPDX-License-Identifier: Apache-2.0
// The journal: what changed since the base file was written, one checksummed record an apply.
//
// Records are chained: the checksum of each starts from the one before, so that nothing left behind
// by an earlier, longer write is ever taken for a record. docs/format/index.md
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "core/base/filesystem.hpp"
#include "core/index/entry_run.hpp"

namespace vcs::index {

struct JournalRecord {
  object::ObjectId tag;
  std::uint64_t entries = 0;  // that the index has after this record
  ByteView run;
};

// Reads records from the bytes of a journal file; stops at the first that is not whole. A file
// that does not begin with this generation's header has none.
class JournalReader {
 public:
  JournalReader(ByteView bytes, std::uint32_t generation);

  // The view lives as long as the bytes.
  std::optional<JournalRecord> next();
  // Bytes that are good so far; 0 if the header is not.
  std::uint64_t position() const { return position_; }
  // What the next record's checksum starts from.
  std::uint64_t chain() const { return chain_; }

 private:
  ByteView bytes_;
  std::uint64_t position_ = 0;
  std::uint64_t chain_ = 0;
};

// A record ready to be written behind `chain`, which moves on.
Bytes encode_journal_record(const JournalRecord& record, std::uint64_t& chain);

// The file. One thread.
class Journal {
 public:
  // A new, empty one; `name` must not exist.
  static Result<std::unique_ptr<Journal>> create(base::Directory& directory,
                                                 const std::string& name, std::uint32_t generation);
  using Visitor = std::function<void(const JournalRecord&)>;
  // Replays what is there and cuts a torn tail. A file that is missing or has no header becomes an
  // empty journal: a crash may have swallowed what was never synced.
  static Result<std::unique_ptr<Journal>> open(base::Directory& directory, const std::string& name,
                                               std::uint32_t generation, const Visitor& replay);

  // After an error the journal is as it was: what the failed write left behind is cut off, or
  // written over by the next record, or cut at the next open.
  Result<void> append(const JournalRecord& record);
  std::uint64_t size() const { return size_; }
  // Bytes that open() cut off.
  std::uint64_t torn_bytes() const { return torn_; }

 private:
  explicit Journal(std::unique_ptr<base::File> file) : file_(std::move(file)) {}
  Result<void> begin(std::uint32_t generation);
  Result<void> replay(std::uint32_t generation, const Visitor& visitor);

  std::unique_ptr<base::File> file_;
  std::uint64_t size_ = 0, chain_ = 0, torn_ = 0;
};

}  // namespace vcs::index
