// SPDX-License-Identifier: Apache-2.0
// Writes the objects of some sealed packs into one new pack, a small step at a time: tiny frames
// are gathered into solid ones by kind, and everything is compressed at a higher level.
//
// Every object is hashed when it is read, and the new pack is read back and hashed before it is
// finished. Memory: the gathered frames, a window of a pack and 56 bytes an object; a few MiB.
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

// Not thread-safe.
class PackMerger {
 public:
  static Result<std::unique_ptr<PackMerger>> start(PackExchange& exchange,
                                                   std::vector<pack::SealedPackPtr> sources,
                                                   const MergeOptions& options);
  // What was not finished is taken away.
  ~PackMerger();
  PackMerger(const PackMerger&) = delete;
  PackMerger& operator=(const PackMerger&) = delete;

  // About a mebibyte of plain bytes. True: all is written and was read back; finish() is next.
  // `corrupt`: `damaged_source()` cannot be replaced, or what was written cannot be read.
  Result<bool> step();
  // Puts the new pack in the place of the old ones.
  Result<void> finish();

  // Of the sources and of the new pack, so far.
  std::uint64_t bytes_read() const { return bytes_read_; }
  std::uint64_t bytes_written() const { return output_->end(); }
  // The sources that were read, the present one among them.
  std::span<const pack::SealedPackPtr> begun() const {
    return std::span(sources_).first(std::min(current_ + 1, sources_.size()));
  }
  std::span<const pack::SealedPackPtr> sources() const { return sources_; }
  const pack::SealedPackPtr& damaged_source() const { return damaged_; }

 private:
  // Objects of one kind that wait for company, then their order and how far it is written.
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
  std::size_t accounted_ = 0;         // records of the current source that were met
  std::array<Gathered, 5> gathered_;  // by kind
  std::unique_ptr<pack::PackWriter> output_;
  bool proving_ = false, finished_ = false;
  std::size_t proven_ = 0;  // objects of the output that were read back
  pack::SealedPackPtr damaged_;
};

}  // namespace vcs::store
