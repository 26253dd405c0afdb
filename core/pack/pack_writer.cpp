// SPDX-License-Identifier: Apache-2.0
// Appends frames to the open pack and makes them durable.
#include "core/pack/pack_writer.hpp"

#include <algorithm>
#include <cassert>
#include <new>

#include "core/pack/pack_file.hpp"

namespace vcs::pack {
namespace {

// The writer writes appended frames in pieces of about this size, or when they must be durable.
constexpr std::size_t kWriteSize = std::size_t{1} << 20;
// A larger buffer, which one huge frame needed, is freed.
constexpr std::size_t kLargestIdleBuffer = std::size_t{2} << 20;

}  // namespace

PackWriter::PackWriter(std::shared_ptr<base::File> file, std::uint32_t number)
    : file_(std::move(file)), number_(number) {}

Result<std::unique_ptr<PackWriter>> PackWriter::create(base::Directory& directory,
                                                       std::uint32_t number) {
  VCS_ASSIGN(std::shared_ptr<base::File> file,
             directory.open_file(pack_name(number), base::OpenMode::create_new));
  return start(std::move(file), number);
}

std::unique_ptr<PackWriter> PackWriter::start(std::shared_ptr<base::File> file,
                                              std::uint32_t number) {
  std::unique_ptr<PackWriter> writer(new PackWriter(std::move(file), number));
  writer->buffer_ = encode_pack_header(number);
  return writer;
}

std::unique_ptr<PackWriter> PackWriter::resume(std::shared_ptr<base::File> file,
                                               std::uint32_t number, std::uint64_t length,
                                               PackContents contents) {
  std::unique_ptr<PackWriter> writer(new PackWriter(std::move(file), number));
  writer->name_is_durable_ = true;
  writer->written_ = length;
  writer->contents_ = std::move(contents);
  writer->mark_durable();
  return writer;
}

// Appends the whole frame or, without memory, nothing: each object of the table must be in the
// pack.
void PackWriter::append(const EncodedFrame& frame) {
  const std::size_t needed = buffer_.size() + frame.bytes.size();
  if (needed > buffer_.capacity()) buffer_.reserve(std::max(needed, 2 * buffer_.capacity()));
  const std::size_t records = contents_.table.size(), points = contents_.commit_points.size();
  try {
    note(frame.header);
  } catch (const std::bad_alloc&) {
    forget_since(records, points);
    throw;
  }
  buffer_.insert(buffer_.end(), frame.bytes.begin(), frame.bytes.end());
}

void PackWriter::note(const FrameHeader& header) {
  contents_.table.insert_frame(end(), header);
  if (header.commit_point)
    for (const FrameObject& object : header.objects) contents_.commit_points.push_back(object.id);
}

bool PackWriter::wants_writing() const {
  return buffer_.size() >= kWriteSize;
}

bool PackWriter::has_room_for(std::size_t frame_size) const {
  return end() + frame_size <= kLargestPack;
}

void PackWriter::hand_over() {
  assert(leaving_.empty());
  leaving_.swap(buffer_);
}

void PackWriter::drop_leaving() {
  written_ += leaving_.size();
  leaving_.clear();
  if (leaving_.capacity() > kLargestIdleBuffer) leaving_.shrink_to_fit();
}

ByteView PackWriter::unwritten_from(std::uint64_t offset) const {
  const auto skipped = static_cast<std::size_t>(offset - written_);
  if (skipped < leaving_.size()) return ByteView(leaving_).subspan(skipped);
  return ByteView(buffer_).subspan(skipped - leaving_.size());
}

Bytes PackWriter::unwritten() const {
  Bytes bytes = leaving_;
  bytes.insert(bytes.end(), buffer_.begin(), buffer_.end());
  return bytes;
}

Result<void> PackWriter::sync(base::Directory& directory) {
#ifndef VCS_CANARY  // The bug that the simulation has to find, in a program of its own.
  VCS_TRY(file_->sync());
#endif
  // A file without a name ends with the process, so nothing in it is durable.
  VCS_ASSIGN(const base::FileStat stat, file_->stat());
  if (stat.links == 0)
    return fail(ErrorCode::io, "the pack {} was removed while it was written", number_);
  if (!name_is_durable_) VCS_TRY(directory.sync());
  name_is_durable_ = true;
  return {};
}

void PackWriter::mark_durable() {
  durable_ = written_;
  durable_records_ = contents_.table.size();
  durable_commit_points_ = contents_.commit_points.size();
}

void PackWriter::forget_since_durable() {
  forget_since(durable_records_, durable_commit_points_);
}

void PackWriter::forget_since(std::size_t records, std::size_t commit_points) {
  contents_.table.shrink_to(records);
  contents_.commit_points.resize(commit_points);
}

PackContents PackWriter::give_up() {
  forget_since_durable();
  return std::move(contents_);
}

Result<void> PackWriter::flush() {
  hand_over();
  VCS_TRY(file_->write_past_cache(leaving_, written_));
  drop_leaving();
  return {};
}

Result<void> PackWriter::add(const EncodedFrame& frame) {
  if (!has_room_for(frame.bytes.size()))
    return fail(ErrorCode::invalid, "{} would be too long", pack_name(number_));
  append(frame);
  return wants_writing() ? flush() : Result<void>();
}

Result<void> PackWriter::finish() {
  VCS_TRY(flush());
  if (is_durable()) return {};
  VCS_TRY(file_->sync());
  mark_durable();
  return {};
}

}  // namespace vcs::pack
