// SPDX-License-Identifier: Apache-2.0
// Solid frames: small objects share one zstd frame, which more than doubles what compression saves.
#include "core/store/frame_builder.hpp"

#include <algorithm>

#include "core/base/memory.hpp"

namespace vcs::store {
namespace {

// Far below the limit of a frame, because a reader of one object reads the ids of all.
constexpr std::size_t kMostGathered = pack::kMostObjectsInFrame / 8;

// Gives a claim up on destruction, unless end() was called.
class ClaimKeeper {
 public:
  ClaimKeeper(store::ObjectStore& store, const object::ObjectId& id) : store_(store), id_(id) {}
  ~ClaimKeeper() {
    if (!ended_) store_.give_up_claim(id_);
  }
  ClaimKeeper(const ClaimKeeper&) = delete;
  ClaimKeeper& operator=(const ClaimKeeper&) = delete;
  void end() { ended_ = true; }

 private:
  store::ObjectStore& store_;
  const object::ObjectId& id_;
  bool ended_ = false;
};

}  // namespace

FrameBuilder::FrameBuilder(store::ObjectStore& store, object::ObjectKind kind, int level)
    : store_(store), kind_(kind), level_(level) {}

Result<void> FrameBuilder::add(const object::ObjectId& id, ByteView bytes) {
  ClaimKeeper claim(store_, id);
  if (bytes.size() >= pack::solid_frame_target(kind_) / 2) {
    const pack::FrameInput alone[] = {{id, bytes}};
    VCS_TRY(append(alone));
    claim.end();
    return {};
  }
  std::copy(bytes.begin(), bytes.end(), room(bytes.size()).begin());
  claim.end();
  return keep(id);
}

std::span<std::uint8_t> FrameBuilder::room(std::size_t length) {
  raw_.resize(used_ + length);
  return raw_.span().subspan(used_);
}

Result<void> FrameBuilder::keep(const object::ObjectId& id) {
  ClaimKeeper claim(store_, id);
  gathered_.push_back({id, raw_.size() - used_});
  used_ = raw_.size();
  claim.end();
  const bool full = used_ >= pack::solid_frame_target(kind_) || gathered_.size() >= kMostGathered;
  Result<void> flushed;
  // Without memory the objects stay gathered, and the next call tries again.
  if (full) (void)base::has_memory_for([&] { flushed = flush(); });
  return flushed;
}

Result<void> FrameBuilder::flush() {
  if (gathered_.empty()) return {};
  inputs_.clear();
  std::size_t offset = 0;
  for (const Gathered& object : gathered_) {
    inputs_.push_back({object.id, raw_.view().subspan(offset, object.length)});
    offset += object.length;
  }
  VCS_TRY(append(inputs_));
  used_ = 0;
  gathered_.clear();
  return {};
}

Result<void> FrameBuilder::append(std::span<const pack::FrameInput> objects) {
  VCS_TRY(pack::encode_frame_into(frame_, kind_, objects, level_, compressor_));
  return store_.append(frame_);
}

}  // namespace vcs::store
