// SPDX-License-Identifier: Apache-2.0
// Reports whole frames, and gaps between them that no power cut explains.
#include "core/store/pack_visit.hpp"

#include "core/pack/frame_walk.hpp"
#include "core/pack/pack_file.hpp"

namespace vcs::store {
namespace {

Result<pack::PackReader> reader_of(const PackSet& packs, base::Directory& directory,
                                   std::uint32_t pack, std::vector<pack::TornRange>& torn) {
  auto open = packs.look_at_open([&](const pack::PackWriter* writer) {
    return writer && writer->number() == pack
               ? std::optional(
                     pack::PackReader(writer->file(), writer->written(), writer->unwritten()))
               : std::nullopt;
  });
  if (open) return std::move(*open);
  const pack::SealedPackPtr sealed = packs.sealed(pack);
  if (!sealed) return fail(ErrorCode::not_found, "there is no pack {}", pack);
  torn = sealed->torn();
  // Open the file by name, not through PackFiles: a file that is still open may have lost its name,
  // and then the next start does not find the pack.
  VCS_ASSIGN(std::shared_ptr<base::File> file,
             directory.open_file(pack::pack_name(pack), base::OpenMode::read));
  return pack::PackReader(std::move(file), sealed->length);
}

}  // namespace

Result<void> visit_pack(const PackSet& packs, base::Directory& directory, std::uint32_t pack,
                        const PackVisitor& visitor) {
  std::vector<pack::TornRange> torn;
  Result<pack::PackReader> opened = reader_of(packs, directory, pack, torn);
  if (!opened && packs.was_replaced(pack)) return {};
  VCS_ASSIGN(pack::PackReader reader, std::move(opened));
  pack::FrameWalk walk;
  walk.skip_unreadable = true;
  walk.frame = [&](std::uint64_t offset, const pack::FrameHeader& header,
                   ByteView frame) -> Result<void> {
    if (header.objects.empty()) return {};  // a mark of the store's own
    return visitor.frame(offset, header, frame);
  };
  walk.gap = [&](std::uint64_t begin, std::uint64_t end, const std::string& why) {
    if (!pack::is_torn(torn, begin, end)) visitor.damage(begin, why);
  };
  const Result<ByteView> head = reader.view(0, pack::kPackHeaderSize);
  if (!head)
    walk.gap(0, pack::kPackHeaderSize, head.error().message);
  else if (!pack::is_pack_header(*head, pack))
    walk.gap(0, pack::kPackHeaderSize, "the header of the pack is wrong");
  return pack::walk_frames(reader, pack::kPackHeaderSize, walk);
}

}  // namespace vcs::store
