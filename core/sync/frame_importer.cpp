// SPDX-License-Identifier: Apache-2.0
// Checks each object of a remote pack and stores its frames.
#include "core/sync/frame_importer.hpp"

#include <algorithm>

#include "core/remote/layout/remote_envelope.hpp"

namespace vcs::sync {

namespace {

using object::ObjectId;

}  // namespace

FrameImporter::FrameImporter(store::ObjectStore& store, const ObjectId& head, int compression_level)
    : store_(store),
      head_(head),
      level_(compression_level),
      opener_(object::quickest_hash_provider()) {}

// Each frame has its own length. If a frame is too damaged for that, the pack's index has the start
// of the next one.
Result<void> FrameImporter::import_pack(const std::string& name, ByteView pack,
                                        std::vector<std::string>& damage) {
  const auto index = remote::layout::read_pack_trailer(pack, pack.size());
  std::size_t offset = remote::layout::kEnvelopeHeader;
  std::size_t next = 0;
  while (offset < pack.size()) {
    ByteView frame = pack.subspan(offset);
    if (index) {
      if (next == index->frames.size()) break;
      const remote::layout::PackFrame& known = index->frames[next++];
      frame = pack.subspan(known.offset, known.length);
      offset = known.offset + known.length;
    }
    auto header = pack::decode_frame_header(frame);
    auto imported =
        header
            ? import_frame(frame.first(std::min<std::size_t>(frame.size(), header->total_length())),
                           *header)
            : Result<void>(tl::unexpected(header.error()));
    if (!imported) {
      if (imported.error().code != ErrorCode::corrupt) return imported;
      std::string what = imported.error().message;
      if (salvager_) {
        VCS_ASSIGN(auto rescued, import_damaged(frame, what));
        if (rescued) header = std::move(*rescued);
      }
      damage.push_back(fmt::format("{} at byte {}: {}", name,
                                   static_cast<std::size_t>(frame.data() - pack.data()), what));
      if (!index && !header) break;
    }
    if (!index) offset += header->total_length();
  }
  return store_commits();
}

// Stores the readable objects of a damaged frame. Returns its header, if that can be read.
Result<std::optional<pack::FrameHeader>> FrameImporter::import_damaged(ByteView bytes,
                                                                       std::string& what) {
  const std::optional<pack::SalvagedFrame> frame = salvager_->salvage(bytes);
  if (!frame) return std::nullopt;
  std::vector<pack::FrameInput> objects;
  for (const auto& [id, content] : frame->objects)
    if (store_.lacks(id)) objects.push_back({id, content});
  if (frame->repaired)
    what += "; it was repaired";
  else
    what += fmt::format("; {} of its {} objects are lost",
                        frame->header.objects.size() - frame->objects.size(),
                        frame->header.objects.size());
  if (frame->header.kind == object::ObjectKind::commit) {
    VCS_TRY(gather_commits(objects));
  } else if (!objects.empty()) {
    VCS_ASSIGN(const pack::EncodedFrame anew,
               pack::encode_frame(frame->header.kind, objects, level_, compressor_));
    objects_ += objects.size();
    VCS_TRY(store_.append(anew));
  }
  return frame->header;
}

bool FrameImporter::has_news(const pack::FrameHeader& header) const {
  return std::any_of(header.objects.begin(), header.objects.end(),
                     [&](const pack::FrameObject& object) { return store_.lacks(object.id); });
}

Result<void> FrameImporter::import_frame(ByteView frame, const pack::FrameHeader& header) {
  if (!has_news(header)) return {};
  if (!pack::frame_payload_is_whole(header, frame))
    return fail(ErrorCode::corrupt, "the frame's checksum is wrong");
  VCS_ASSIGN(const std::span<const pack::FrameInput> objects, opener_.check(header, frame));
  if (header.kind == object::ObjectKind::commit) return gather_commits(objects);
  objects_ += objects.size();
  return store_.append({header, {frame.begin(), frame.end()}});
}

Result<void> FrameImporter::gather_commits(std::span<const pack::FrameInput> commits) {
  for (const auto& [id, bytes] : commits) {
    if (id == head_)
      head_bytes_ = Bytes(bytes.begin(), bytes.end());
    else if (store_.lacks(id))
      commits_.emplace_back(id, Bytes(bytes.begin(), bytes.end()));
  }
  std::size_t gathered = 0;
  for (const auto& [id, bytes] : commits_) gathered += bytes.size();
  return gathered < pack::solid_frame_target(object::ObjectKind::commit) ? Result<void>()
                                                                         : store_commits();
}

Result<void> FrameImporter::store_commits() {
  if (commits_.empty()) return {};
  std::vector<pack::FrameInput> inputs;
  for (const auto& [id, bytes] : commits_) inputs.push_back({id, bytes});
  VCS_ASSIGN(const pack::EncodedFrame frame,
             pack::encode_frame(object::ObjectKind::commit, inputs, level_, compressor_));
  objects_ += commits_.size();
  commits_.clear();
  return store_.append(frame);
}

}  // namespace vcs::sync
