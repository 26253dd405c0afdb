// SPDX-License-Identifier: Apache-2.0
// Gathers small objects of one kind into solid frames and appends them to the store. One per
// thread.
#pragma once

#include <vector>

#include "core/base/buffer.hpp"
#include "core/object/compressor.hpp"
#include "core/pack/frame.hpp"
#include "core/store/object_store.hpp"

namespace vcs::store {

class FrameBuilder {
 public:
  FrameBuilder(store::ObjectStore& store, object::ObjectKind kind, int level);

  // Copies an object that the caller has claimed. A large one is appended at once in a frame of its
  // own. Without memory for it, this gives the claim up and throws std::bad_alloc.
  Result<void> add(const object::ObjectId& id, ByteView bytes);
  // The same without a copy. room() returns memory for an object of `length` bytes, valid until the
  // next call of a method. keep() adds the bytes that the caller wrote there; it gives the claim up
  // as add() does.
  std::span<std::uint8_t> room(std::size_t length);
  Result<void> keep(const object::ObjectId& id);
  // Appends one frame of objects that the caller has claimed; it does not gather them. If it
  // throws, the caller still has the claims.
  Result<void> append(std::span<const pack::FrameInput> objects);
  // Appends the gathered objects. Without memory for it they stay gathered.
  Result<void> flush();

 private:
  struct Gathered {
    object::ObjectId id;
    std::size_t length = 0;
  };

  store::ObjectStore& store_;
  object::ObjectKind kind_;
  int level_;
  object::Compressor compressor_;
  base::Buffer raw_;  // gathered objects, then the room that was given
  std::size_t used_ = 0;
  std::vector<Gathered> gathered_;
  std::vector<pack::FrameInput> inputs_;
  pack::EncodedFrame frame_;
};

}  // namespace vcs::store
