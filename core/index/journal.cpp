// SPDX-License-Identifier: Apache-2.0
// Encodes, decodes, reads and writes the journal.
#include "core/index/journal.hpp"

#include "core/object/checksum.hpp"

namespace vcs::index {
namespace {

constexpr std::string_view kMagic = "VCSIJRNL";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeaderSize = 16;
constexpr std::size_t kChecksumSize = 8;
constexpr std::size_t kRecordHeaderSize = kChecksumSize + 4;

Bytes encode_header(std::uint32_t generation) {
  Bytes header;
  base::ByteWriter writer(header);
  writer.text(kMagic);
  writer.u32(kVersion);
  writer.u32(generation);
  return header;
}

std::uint64_t first_chain(std::uint32_t generation) {
  return generation;
}

bool is_run(ByteView run) {
  RunReader reader(run);
  std::string previous;
  while (reader.next()) {
    if (object::compare_paths(previous, reader.path()) >= 0) return false;
    previous = reader.path();
  }
  return !reader.failed();
}

}  // namespace

JournalReader::JournalReader(ByteView bytes, std::uint32_t generation) : bytes_(bytes) {
  const Bytes header = encode_header(generation);
  if (bytes.size() < kHeaderSize ||
      base::as_text(bytes.first(kHeaderSize)) != base::as_text(header)) {
    bytes_ = {};
    return;
  }
  position_ = kHeaderSize;
  chain_ = first_chain(generation);
}

std::optional<JournalRecord> JournalReader::next() {
  base::ByteReader header(bytes_.subspan(position_));
  const std::uint64_t checksum = header.u64();
  const std::uint32_t length = header.u32();
  if (header.failed() || length > header.remaining()) return std::nullopt;
  const auto covered = bytes_.subspan(position_ + kChecksumSize, 4 + std::size_t{length});
  if (object::checksum64(covered, chain_) != checksum) return std::nullopt;

  base::ByteReader reader(covered.subspan(4));
  JournalRecord record;
  const ByteView tag = reader.bytes(object::ObjectId::kSize);
  record.entries = reader.varint();
  if (reader.failed()) return std::nullopt;
  record.tag = object::ObjectId::from_bytes(tag);
  record.run = reader.bytes(reader.remaining());
  if (!is_run(record.run)) return std::nullopt;
  position_ += kRecordHeaderSize + length;
  chain_ = checksum;
  return record;
}

Bytes encode_journal_record(const JournalRecord& record, std::uint64_t& chain) {
  Bytes payload;
  base::ByteWriter writer(payload);
  writer.bytes(record.tag.view());
  writer.varint(record.entries);
  writer.bytes(record.run);

  Bytes bytes;
  bytes.reserve(kRecordHeaderSize + payload.size());
  base::ByteWriter whole(bytes);
  whole.u64(0);
  whole.u32(static_cast<std::uint32_t>(payload.size()));
  whole.bytes(payload);
  chain = object::checksum64(ByteView(bytes).subspan(kChecksumSize), chain);
  for (std::size_t i = 0; i < kChecksumSize; ++i)
    bytes[i] = static_cast<std::uint8_t>(chain >> (8 * i));
  return bytes;
}

Result<std::unique_ptr<Journal>> Journal::create(base::Directory& directory,
                                                 const std::string& name,
                                                 std::uint32_t generation) {
  VCS_ASSIGN(auto file, directory.open_file(name, base::OpenMode::create_new));
  std::unique_ptr<Journal> journal(new Journal(std::move(file)));
  VCS_TRY(journal->begin(generation));
  return journal;
}

Result<std::unique_ptr<Journal>> Journal::open(base::Directory& directory, const std::string& name,
                                               std::uint32_t generation, const Visitor& replay) {
  VCS_ASSIGN(auto file, directory.open_file(name, base::OpenMode::create_or_open));
  std::unique_ptr<Journal> journal(new Journal(std::move(file)));
  VCS_TRY(journal->replay(generation, replay));
  return journal;
}

Result<void> Journal::begin(std::uint32_t generation) {
  VCS_TRY(file_->truncate(0));
  VCS_TRY(file_->write_at(encode_header(generation), 0));
  size_ = kHeaderSize;
  chain_ = first_chain(generation);
  return {};
}

Result<void> Journal::replay(std::uint32_t generation, const Visitor& visitor) {
  VCS_ASSIGN(const base::FileStat stat, file_->stat());
  if (stat.size < kHeaderSize) {
    torn_ = stat.size;
    return begin(generation);
  }
  VCS_ASSIGN(auto mapping, file_->map(stat.size));
  JournalReader reader(mapping->bytes(), generation);
  while (const auto record = reader.next()) visitor(*record);
  size_ = reader.position();
  chain_ = reader.chain();
  // Unmap before the file is cut.
  mapping.reset();
  torn_ = stat.size - size_;
  if (size_ == 0) return begin(generation);
  return torn_ == 0 ? Result<void>() : file_->truncate(size_);
}

Result<void> Journal::append(const JournalRecord& record) {
  std::uint64_t chain = chain_;
  const Bytes bytes = encode_journal_record(record, chain);
  if (auto written = file_->write_at(bytes, size_); !written) {
    // If this fails as well, the chain of checksums makes those bytes invalid.
    (void)file_->truncate(size_);
    return written;
  }
  size_ += bytes.size();
  chain_ = chain;
  return {};
}

}  // namespace vcs::index
