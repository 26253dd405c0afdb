// SPDX-License-Identifier: Apache-2.0
// Finds frames in a pack.
#include "core/pack/frame_walk.hpp"

#include <algorithm>
#include <string_view>

namespace vcs::pack {
namespace {

constexpr std::string_view kMagic = "VCSF";
// Bytes that a search reads at once, and bytes that it skips after a read error.
constexpr std::size_t kSearchStep = 64 * 1024;

// The result of reading a frame at an offset.
struct Probe {
  bool whole = false;
  std::uint64_t next = 0;  // end of the frame by its intact header; 0: no header
  FrameHeader header;
  ByteView bytes;
  std::string why;
};

class Walker {
 public:
  Walker(PackReader& reader, const FrameWalk& walk) : reader_(reader), walk_(walk) {}

  Result<void> run(std::uint64_t begin) {
    std::uint64_t offset = begin;
    while (offset < reader_.length()) {
      VCS_ASSIGN(Probe probe, probe_at(offset));
      if (!probe.whole) {
        VCS_ASSIGN(offset, step_over(offset, probe));
        continue;
      }
      VCS_TRY(walk_.frame(offset, probe.header, probe.bytes));
      offset = probe.next;
    }
    return {};
  }

 private:
  // With skip_unreadable, a read error gives a probe that is not whole.
  Result<Probe> probe_at(std::uint64_t offset) {
    Result<Probe> probe = try_probe(offset);
    if (probe || !walk_.skip_unreadable) return probe;
    Probe unreadable;
    unreadable.why = probe.error().message;
    return unreadable;
  }

  Result<Probe> try_probe(std::uint64_t offset) {
    Probe probe;
    VCS_ASSIGN(const ByteView prefix, reader_.view(offset, kFramePrefix));
    const auto header_length = peek_header_length(prefix);
    if (!header_length) {
      probe.why = "there is no frame";
      return probe;
    }
    VCS_ASSIGN(const ByteView head, reader_.view(offset, *header_length));
    auto header = decode_frame_header(head);
    if (!header) {
      probe.why = std::move(header).error().message;
      return probe;
    }
    probe.header = std::move(*header);
    probe.next = offset + probe.header.total_length();
    if (!walk_.check_payloads) {
      probe.bytes = head;
      probe.whole = probe.next <= reader_.length();
    } else {
      VCS_ASSIGN(probe.bytes, reader_.view(offset, probe.header.total_length()));
      probe.whole = frame_payload_is_whole(probe.header, probe.bytes);
    }
    probe.why = probe.next > reader_.length() ? "a frame is cut off"
                                              : "the checksum of a frame's content is wrong";
    return probe;
  }

  // Reports the gap at `offset`; returns the offset of the next whole frame, or the end.
  Result<std::uint64_t> step_over(std::uint64_t offset, const Probe& first) {
    std::uint64_t next = first.next;
    if (next == 0) {
      VCS_ASSIGN(next, search(offset + 1));
    }
    while (next < reader_.length()) {
      VCS_ASSIGN(const Probe probe, probe_at(next));
      if (probe.whole) break;
      if (probe.next != 0) {
        next = probe.next;
        continue;
      }
      VCS_ASSIGN(next, search(next + 1));
    }
    next = std::min(next, reader_.length());
    walk_.gap(offset, next, first.why);
    return next;
  }

  // The next offset, from `offset` on, with the magic of a frame, or the end.
  Result<std::uint64_t> search(std::uint64_t offset) {
    while (offset < reader_.length()) {
      auto window = reader_.view(offset, kSearchStep);
      if (!window) {
        if (!walk_.skip_unreadable) return Failure(std::move(window).error());
        offset += kSearchStep;
        continue;
      }
      const std::size_t found = base::as_text(*window).find(kMagic);
      if (found != std::string_view::npos) return offset + found;
      if (window->size() < kSearchStep) break;
      offset += window->size() - (kMagic.size() - 1);
    }
    return reader_.length();
  }

  PackReader& reader_;
  const FrameWalk& walk_;
};

}  // namespace

Result<void> walk_frames(PackReader& reader, std::uint64_t begin, const FrameWalk& walk) {
  return Walker(reader, walk).run(begin);
}

}  // namespace vcs::pack
