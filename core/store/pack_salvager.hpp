// SPDX-License-Identifier: Apache-2.0
// Takes what can be read of one damaged pack into a new one.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "core/pack/frame_opener.hpp"
#include "core/pack/pack_reader.hpp"
#include "core/store/pack_exchange.hpp"

namespace vcs::store {

// Every object is hashed before it is taken. Frames that are whole are copied as they are; of
// others each object that can be read comes along. Objects that have a good copy in another pack
// are left out. Memory: a frame, and 56 bytes an object. Not thread-safe; for one pack.
class PackSalvager {
 public:
  PackSalvager(PackExchange& exchange, pack::SealedPackPtr pack, object::HashProvider provider);
  // A salvage that was not finished is taken away.
  ~PackSalvager();
  PackSalvager(const PackSalvager&) = delete;
  PackSalvager& operator=(const PackSalvager&) = delete;

  // Writes the new pack and reads it back.
  Result<void> run();
  // Puts it in the place of the damaged one, whose files go to `aside`.
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
