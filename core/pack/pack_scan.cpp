// SPDX-License-Identifier: Apache-2.0
// Scans a pack, and distinguishes old damage from an unfinished write.
#include "core/pack/pack_scan.hpp"

#include "core/pack/frame_walk.hpp"
#include "core/pack/pack_file.hpp"

namespace vcs::pack {
namespace {

// A store appends behind a durable point only after a sync has succeeded. So a frame behind a
// durable point behind a gap proves that the bytes of the gap were durable once.
class Scanner {
 public:
  void gap(std::uint64_t begin, std::uint64_t end, const std::string& why) {
    scan_.gaps.push_back({begin, end, why, false});
  }

  void frame(std::uint64_t offset, const FrameHeader& header) {
    while (proven_ < before_point_) scan_.gaps[proven_++].was_durable = true;
    scan_.proven_end = point_end_;
    if (header.commit_point) {
      point_end_ = offset + header.total_length();
      before_point_ = scan_.gaps.size();
      if (scan_.gaps.empty())
        for (const FrameObject& object : header.objects)
          scan_.contents.commit_points.push_back(object.id);
    }
    if (offset == kPackHeaderSize) scan_.contents.merged = is_merge_mark(header);
    scan_.contents.table.insert_frame(offset, header);
    scan_.whole_end = offset + header.total_length();
  }

  PackScan take() { return std::move(scan_); }

 private:
  PackScan scan_;
  std::uint64_t point_end_ = 0;   // of the last durable point
  std::size_t before_point_ = 0;  // gaps with a durable point behind them
  std::size_t proven_ = 0;        // gaps with a frame behind that point
};

}  // namespace

Result<PackScan> scan_pack(PackReader& reader, std::uint32_t number) {
  Scanner scanner;
  VCS_ASSIGN(const ByteView head, reader.view(0, kPackHeaderSize));
  if (!head.empty() && !is_pack_header(head, number))
    scanner.gap(0, std::min<std::uint64_t>(reader.length(), kPackHeaderSize),
                "the header of the pack is wrong");
  FrameWalk walk;
  walk.frame = [&](std::uint64_t offset, const FrameHeader& header, ByteView) -> Result<void> {
    scanner.frame(offset, header);
    return {};
  };
  walk.gap = [&](std::uint64_t begin, std::uint64_t end, const std::string& why) {
    scanner.gap(begin, end, why);
  };
  VCS_TRY(walk_frames(reader, kPackHeaderSize, walk));
  return scanner.take();
}

}  // namespace vcs::pack
