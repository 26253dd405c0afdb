// SPDX-License-Identifier: Apache-2.0
// Whole frames are shown, and between them what no power cut explains.
#include "core/store/pack_visit.hpp"

#include "core/store/frame_walk.hpp"
#include "core/store/pack_file.hpp"

namespace vcs::store {
namespace {

using base::ByteView;
using base::ErrorCode;
using base::fail;
using base::Result;

Result<PackReader> reader_of(const PackSet& packs, base::Directory& directory, std::uint32_t pack,
                             std::vector<TornRange>& torn) {
  auto open = packs.look_at_open([&](const PackWriter* writer) {
    return writer && writer->number() == pack
               ? std::optional(PackReader(writer->file(), writer->written(), writer->unwritten()))
               : std::nullopt;
  });
  if (open) return std::move(*open);
  const SealedPackPtr sealed = packs.sealed(pack);
  if (!sealed) return fail(ErrorCode::not_found, "there is no pack {}", pack);
  torn = sealed->torn();
  // Not one that is open since before: its name may be gone, and with it the pack at the next
  // start.
  VCS_ASSIGN(std::shared_ptr<base::File> file,
             directory.open_file(pack_name(pack), base::OpenMode::read));
  return PackReader(std::move(file), sealed->length);
}

}  // namespace

Result<void> visit_pack(const PackSet& packs, base::Directory& directory, std::uint32_t pack,
                        const PackVisitor& visitor) {
  std::vector<TornRange> torn;
  Result<PackReader> opened = reader_of(packs, directory, pack, torn);
  if (!opened && packs.was_replaced(pack)) return {};
  VCS_ASSIGN(PackReader reader, std::move(opened));
  FrameWalk walk;
  walk.skip_unreadable = true;
  walk.frame = [&](std::uint64_t offset, const FrameHeader& header,
                   ByteView frame) -> Result<void> {
    if (header.objects.empty()) return {};  // a mark of the store's own
    return visitor.frame(offset, header, frame);
  };
  walk.gap = [&](std::uint64_t begin, std::uint64_t end, const std::string& why) {
    if (!is_torn(torn, begin, end)) visitor.damage(begin, why);
  };
  const Result<ByteView> head = reader.view(0, kPackHeaderSize);
  if (!head)
    walk.gap(0, kPackHeaderSize, head.error().message);
  else if (!is_pack_header(*head, pack))
    walk.gap(0, kPackHeaderSize, "the header of the pack is wrong");
  return walk_frames(reader, kPackHeaderSize, walk);
}

}  // namespace vcs::store
