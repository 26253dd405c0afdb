// SPDX-License-Identifier: Apache-2.0
// Gathers small objects of one kind into solid frames and appends them to the store. One per
// thread.
#pragma once

#include <vector>

#include "core/base/buffer.hpp"
#include "core/object/compressor.hpp"
#include "core/store/object_store.hpp"

namespace vcs::store {

class FrameBuilder {
 public:
  FrameBuilder(store::ObjectStore& store, object::ObjectKind kind, int level);

  // Takes a copy of an object that the caller has claimed. Large ones go out at once in a frame of
  // their own. Without memory for it the claim is given up, and std::bad_alloc goes to the caller.
  Result<void> add(const object::ObjectId& id, ByteView bytes);
  // The same without a copy: room for an object of `length` bytes, until the next call of another
  // method. keep() adds what the caller wrote there, and gives up the claim as add() does.
  std::span<std::uint8_t> room(std::size_t length);
  Result<void> keep(const object::ObjectId& id);
  // One frame of objects that the caller has claimed and holds; nothing is gathered. The claims
  // stay the caller's if it throws.
  Result<void> append(std::span<const pack::FrameInput> objects);
  // Appends what is gathered, which stays so without memory for it.
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
