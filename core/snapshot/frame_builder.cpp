// Solid frames: small objects share one zstd frame, which more than doubles what compression saves.
#include "core/snapshot/frame_builder.hpp"

namespace vcs::snapshot {

FrameBuilder::FrameBuilder(store::ObjectStore& store, object::ObjectKind kind, int level)
    : store_(store), kind_(kind), level_(level) {}

base::Result<void> FrameBuilder::add(const object::ObjectId& id, base::ByteView bytes) {
  if (bytes.size() >= store::kSolidFrameTarget / 2) {
    const store::FrameInput alone[] = {{id, bytes}};
    return append(alone);
  }
  raw_.insert(raw_.end(), bytes.begin(), bytes.end());
  gathered_.push_back({id, bytes.size()});
  if (raw_.size() >= store::kSolidFrameTarget) return flush();
  return {};
}

base::Result<void> FrameBuilder::flush() {
  if (gathered_.empty()) return {};
  inputs_.clear();
  std::size_t offset = 0;
  for (const Gathered& object : gathered_) {
    inputs_.push_back({object.id, base::ByteView(raw_).subspan(offset, object.length)});
    offset += object.length;
  }
  VCS_TRY(append(inputs_));
  raw_.clear();
  gathered_.clear();
  return {};
}

base::Result<void> FrameBuilder::append(std::span<const store::FrameInput> objects) {
  VCS_ASSIGN(const auto frame, store::encode_frame(kind_, objects, level_, compressor_));
  return store_.append(frame);
}

}  // namespace vcs::snapshot
