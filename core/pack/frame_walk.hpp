// SPDX-License-Identifier: Apache-2.0
// Visits the frames of a pack in order, and skips bytes that are no frame up to the next whole one.
#pragma once

#include <functional>

#include "core/pack/pack_reader.hpp"

namespace vcs::pack {

struct FrameWalk {
  // Called for each frame, with its bytes; the payload is whole. Without `check_payloads`, `bytes`
  // has only the header.
  std::function<Result<void>(std::uint64_t offset, const FrameHeader& header, ByteView bytes)>
      frame;
  // Called for each gap: [begin, end) holds no whole frame; `why` describes the bytes at `begin`.
  std::function<void(std::uint64_t begin, std::uint64_t end, const std::string& why)> gap;
  bool check_payloads = true;
  // True: a read error is reported as a gap and skipped. False: it ends the walk.
  bool skip_unreadable = false;
};

// Trusts the lengths of an intact header, so it never takes bytes inside a damaged payload for
// frames. Only behind a damaged header it searches for the next frame byte by byte.
Result<void> walk_frames(PackReader& reader, std::uint64_t begin, const FrameWalk& walk);

}  // namespace vcs::pack
