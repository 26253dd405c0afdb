// SPDX-License-Identifier: Apache-2.0
// The journal: the changes since the base file was written, with one checksummed record per apply.
//
// Records are chained: the checksum of each starts from the checksum before. So the reader never
// takes the rest of an earlier, longer write for a record. docs/format/index.md
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "core/base/filesystem.hpp"
#include "core/index/entry_run.hpp"

namespace vcs::index {

struct JournalRecord {
  object::ObjectId tag;
  std::uint64_t entries = 0;  // entries of the whole index after this record
  ByteView run;
};

// Reads records from the bytes of a journal file and stops at the first that is not whole. A file
// that does not begin with this generation's header has no records.
class JournalReader {
 public:
  JournalReader(ByteView bytes, std::uint32_t generation);

  // The view in the record is valid as long as the bytes.
  std::optional<JournalRecord> next();
  // Length of the header and the whole records so far; 0 if the header is wrong.
  std::uint64_t position() const { return position_; }
  // The seed for the checksum of the next record.
  std::uint64_t chain() const { return chain_; }

 private:
  ByteView bytes_;
  std::uint64_t position_ = 0;
  std::uint64_t chain_ = 0;
};

// Encodes a record whose checksum starts from `chain`, and sets `chain` for the next record.
Bytes encode_journal_record(const JournalRecord& record, std::uint64_t& chain);

// The journal file. One thread.
class Journal {
 public:
  // Creates an empty journal; `name` must not exist.
  static Result<std::unique_ptr<Journal>> create(base::Directory& directory,
                                                 const std::string& name, std::uint32_t generation);
  using Visitor = std::function<void(const JournalRecord&)>;
  // Replays the records and cuts a torn tail. Makes an empty journal if the file is missing or has
  // no header: a crash may have lost bytes that were never synced.
  static Result<std::unique_ptr<Journal>> open(base::Directory& directory, const std::string& name,
                                               std::uint32_t generation, const Visitor& replay);

  // After an error the journal is unchanged: the bytes of the failed write are cut off, or the next
  // record overwrites them, or the next open() cuts them.
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
