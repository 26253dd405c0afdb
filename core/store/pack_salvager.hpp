// SPDX-License-Identifier: Apache-2.0
// Copies the readable objects of one damaged pack into a new one.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "core/pack/frame_opener.hpp"
#include "core/pack/pack_reader.hpp"
#include "core/store/pack_exchange.hpp"

namespace vcs::store {

// It hashes every object before it takes it. It copies whole frames as they are; of other frames it
// takes each object that can be read. It leaves out objects that have a good copy in another pack,
// unless they share a whole frame with others. Memory: a frame, and 56 bytes per object. Not
// thread-safe; one salvager per pack.
class PackSalvager {
 public:
  PackSalvager(PackExchange& exchange, pack::SealedPackPtr pack, object::HashProvider provider);
  // Removes the new pack if it was not finished.
  ~PackSalvager();
  PackSalvager(const PackSalvager&) = delete;
  PackSalvager& operator=(const PackSalvager&) = delete;

  // Writes the new pack and reads it back.
  Result<void> run();
  // Replaces the damaged pack by the new one, and moves the damaged files to `aside`.
  Result<void> finish(base::Directory& aside);

  std::uint64_t saved() const { return saved_; }
  std::uint64_t lost() const { return lost_; }

 private:
  struct Gathered {
    std::vector<pack::FrameObject> objects;
    Bytes raw;
  };

  bool is_wanted(const object::ObjectId& id);
  Result<void> take_frame(const pack::FrameHeader& header, ByteView frame);
  Result<void> take_record(base::File& file, const pack::IndexRecord& record);
  Result<void> gather(object::ObjectKind kind, const pack::FrameInput& object);
  Result<void> write_gathered(object::ObjectKind kind);
  Result<void> prove();

  PackExchange& exchange_;
  const pack::SealedPackPtr pack_;
  pack::FrameOpener opener_;
  object::Compressor compressor_;
  std::array<Gathered, 5> gathered_;  // by kind
  std::unique_ptr<pack::PackWriter> output_;
  std::uint64_t saved_ = 0, lost_ = 0;
  bool finished_ = false;
};

}  // namespace vcs::store
