// SPDX-License-Identifier: Apache-2.0
// Writes the objects of some sealed packs into one new pack, a small step at a time. It gathers
// tiny frames into solid ones by kind, and compresses everything at a higher level.
//
// It hashes every object that it reads, and reads the new pack back and hashes it before finish().
// Memory: the gathered frames, a window of a pack and 56 bytes per object; a few MiB.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "core/pack/frame_opener.hpp"
#include "core/pack/pack_reader.hpp"
#include "core/store/pack_exchange.hpp"

namespace vcs::store {

struct MergeOptions {
  std::uint8_t level = 9;
  object::HashProvider hash_provider = object::HashProvider::libsodium;
};

// Writes the objects of several packs into one. It has many members because it stops and goes on
// between two frames: its place in the sources is part of it. Not thread-safe.
class PackMerger {
 public:
  static Result<std::unique_ptr<PackMerger>> start(PackExchange& exchange,
                                                   std::vector<pack::SealedPackPtr> sources,
                                                   const MergeOptions& options);
  // Removes the new pack if it was not finished.
  ~PackMerger();
  PackMerger(const PackMerger&) = delete;
  PackMerger& operator=(const PackMerger&) = delete;

  // Handles about a mebibyte of plain bytes. True: everything is written and was read back; call
  // finish() next. `corrupt`: damaged_source() cannot be replaced, or (if that is null) the new
  // pack cannot be read back.
  Result<bool> step();
  // Replaces the old packs by the new one.
  Result<void> finish();

  // Bytes of the sources that were read, and bytes of the new pack, so far.
  std::uint64_t bytes_read() const { return bytes_read_; }
  std::uint64_t bytes_written() const { return output_->end(); }
  // The sources that were read, including the current one.
  std::span<const pack::SealedPackPtr> begun() const {
    return std::span(sources_).first(std::min(current_ + 1, sources_.size()));
  }
  std::span<const pack::SealedPackPtr> sources() const { return sources_; }
  const pack::SealedPackPtr& damaged_source() const { return damaged_; }

 private:
  // Objects of one kind that wait for others; then their order, and the next one to write.
  struct Gathered {
    Bytes raw;
    pack::PackTable table;  // object_offset: in raw
    std::vector<std::uint32_t> order;
    std::size_t next = 0;
    ByteView bytes_of(const pack::IndexRecord& record) const {
      return ByteView(raw).subspan(record.object_offset, record.length());
    }
  };

  PackMerger(PackExchange& exchange, std::vector<pack::SealedPackPtr> sources,
             const MergeOptions& options, std::unique_ptr<pack::PackWriter> output);
  Result<void> open_source();
  Result<void> read_some();
  Result<void> end_source();
  Result<void> take_frame(std::uint64_t offset, const pack::FrameHeader& header, ByteView frame);
  Result<std::vector<bool>> wanted_objects(std::uint64_t offset, const pack::FrameHeader& header);
  Result<void> take_whole(const pack::FrameHeader& header,
                          std::span<const pack::FrameInput> objects, ByteView frame);
  void gather(object::ObjectKind kind, const pack::FrameInput& object);
  Result<void> write_gathered(object::ObjectKind kind, Gathered& gathered);
  static void put_in_order(object::ObjectKind kind, Gathered& gathered);
  Result<void> end_writing();
  Result<bool> prove_some();
  Failure damaged(std::uint64_t offset, const std::string& why);

  PackExchange& exchange_;
  const std::vector<pack::SealedPackPtr> sources_;
  const MergeOptions options_;
  pack::FrameOpener opener_;
  object::Compressor compressor_;

  std::size_t current_ = 0;
  std::unique_ptr<pack::PackReader> reader_;  // of the current source, then of the output
  std::uint64_t position_ = 0, bytes_read_ = 0;
  std::size_t accounted_ = 0;         // records of the current source that were found
  std::array<Gathered, 5> gathered_;  // by kind
  std::unique_ptr<pack::PackWriter> output_;
  bool proving_ = false, finished_ = false;
  std::size_t proven_ = 0;  // objects of the output that were read back
  pack::SealedPackPtr damaged_;
};

}  // namespace vcs::store
