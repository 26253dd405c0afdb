// SPDX-License-Identifier: Apache-2.0
// Goes through a pack from frame to frame, and over what is none to the next that is whole.
#pragma once

#include <functional>

#include "core/pack/pack_reader.hpp"

namespace vcs::pack {

struct FrameWalk {
  // With its bytes; the payload is whole unless `check_payloads` is off, then `bytes` is the
  // header.
  std::function<Result<void>(std::uint64_t offset, const FrameHeader& header, ByteView bytes)>
      frame;
  // [begin, end) holds no whole frame; `why` says what was found at `begin`.
  std::function<void(std::uint64_t begin, std::uint64_t end, const std::string& why)> gap;
  bool check_payloads = true;
  // A read error is told as a gap and stepped over; else it ends the walk.
  bool skip_unreadable = false;
};

// An intact header's lengths are trusted: bytes inside a damaged payload are never taken for
// frames. Only behind a damaged header the next frame is searched for byte by byte.
Result<void> walk_frames(PackReader& reader, std::uint64_t begin, const FrameWalk& walk);

}  // namespace vcs::pack
