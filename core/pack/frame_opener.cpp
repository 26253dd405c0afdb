// SPDX-License-Identifier: Apache-2.0
// Decodes a frame, splits it into objects and hashes them.
#include "core/pack/frame_opener.hpp"

namespace vcs::pack {
namespace {

// The buffer of a larger frame, which is rare, is freed.
constexpr std::size_t kMostKept = std::size_t{4} << 20;

}  // namespace

Result<std::span<const FrameInput>> FrameOpener::open(const FrameHeader& header, ByteView frame) {
  if (plain_.capacity() > kMostKept) plain_ = {};
  VCS_TRY(decode_frame_payload_into(header, frame, decompressor_, plain_));
  objects_.clear();
  std::size_t at = 0;
  for (const FrameObject& object : header.objects) {
    objects_.push_back({object.id, plain_.view().subspan(at, object.length)});
    at += object.length;
  }
  return objects_;
}

Result<std::span<const FrameInput>> FrameOpener::check(const FrameHeader& header, ByteView frame) {
  VCS_ASSIGN(const std::span<const FrameInput> objects, open(header, frame));
  for (const FrameInput& object : objects)
    if (!is_right(object))
      return fail(ErrorCode::corrupt, "the {} {} has another content than its id",
                  base::name_of(header.kind), object.id.short_hex());
  return objects;
}

}  // namespace vcs::pack
