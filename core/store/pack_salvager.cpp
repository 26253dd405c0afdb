// SPDX-License-Identifier: Apache-2.0
// Takes whole frames first, then the objects that the index places between them.
#include "core/store/pack_salvager.hpp"

#include <algorithm>

#include "core/pack/frame_walk.hpp"
#include "core/pack/pack_file.hpp"

namespace vcs::store {
namespace {

using object::ObjectId;
using object::ObjectKind;

constexpr int kLevel = 3;
constexpr ObjectKind kKinds[] = {ObjectKind::blob, ObjectKind::chunk_list, ObjectKind::tree_node,
                                 ObjectKind::commit};

}  // namespace

PackSalvager::PackSalvager(PackExchange& exchange, pack::SealedPackPtr pack,
                           object::HashProvider provider)
    : exchange_(exchange), pack_(std::move(pack)), opener_(provider) {}

PackSalvager::~PackSalvager() {
  if (output_ && !finished_) exchange_.drop_pack(output_->number());
}

Result<void> PackSalvager::run() {
  VCS_ASSIGN(output_, exchange_.begin_pack());
  // A file that is still open can be read although its name is gone.
  auto file = exchange_.open_pack(pack_->number);
  if (file) {
    pack::FrameWalk walk;
    walk.skip_unreadable = true;
    walk.frame = [&](std::uint64_t, const pack::FrameHeader& header, ByteView frame) {
      return take_frame(header, frame);
    };
    walk.gap = [](std::uint64_t, std::uint64_t, const std::string&) {};
    VCS_ASSIGN(const base::FileStat stat, (*file)->stat());
    pack::PackReader reader(*file, std::min(stat.size, pack_->length));
    VCS_TRY(pack::walk_frames(reader, pack::kPackHeaderSize, walk));
  } else if (file.error().code != ErrorCode::not_found) {
    return Failure(std::move(file).error());
  }
  for (std::size_t i = 0; i < pack_->size(); ++i) {
    const pack::IndexRecord record = pack_->record(i);
    if (!is_wanted(record.id)) continue;
    auto taken = file ? take_record(**file, record)
                      : Result<void>(fail(ErrorCode::not_found, "the pack is gone"));
    if (taken) continue;
    const ErrorCode code = taken.error().code;
    if (!tells_of_loss(code) && code != ErrorCode::io) return taken;
    ++lost_;
  }
  for (const ObjectKind kind : kKinds) VCS_TRY(write_gathered(kind));
  return prove();
}

bool PackSalvager::is_wanted(const ObjectId& id) {
  if (output_->contents().table.find(id)) return false;
  for (const Gathered& gathered : gathered_)
    for (const pack::FrameObject& object : gathered.objects)
      if (object.id == id) return false;
  return !exchange_.copy_outside(id, std::span(&pack_, 1)).has_value();
}

// Does not copy a frame with a commit point as it is: a later opening would take its commit for the
// head, although there is a newer one.
Result<void> PackSalvager::take_frame(const pack::FrameHeader& header, ByteView frame) {
  if (header.objects.empty()) return {};
  const auto objects = opener_.open(header, frame);
  if (!objects) return {};
  const auto is_right = [&](const pack::FrameInput& object) { return opener_.is_right(object); };
  const auto wanted = [&](const pack::FrameInput& object) { return is_wanted(object.id); };
  if (!header.commit_point && std::all_of(objects->begin(), objects->end(), is_right))
    return std::any_of(objects->begin(), objects->end(), wanted)
               ? output_->add(pack::EncodedFrame{header, Bytes(frame.begin(), frame.end())})
               : Result<void>();
  for (const pack::FrameInput& object : *objects)
    if (is_right(object) && wanted(object)) VCS_TRY(gather(header.kind, object));
  return {};
}

// Takes one object from a frame with a wrong checksum: the object itself may be undamaged.
Result<void> PackSalvager::take_record(base::File& file, const pack::IndexRecord& record) {
  VCS_ASSIGN(const pack::StoredFrame frame, pack::read_frame(file, record.frame_offset));
  VCS_ASSIGN(const auto objects, opener_.open(frame.header, frame.bytes.view()));
  for (const pack::FrameInput& object : objects)
    if (object.id == record.id && opener_.is_right(object))
      return gather(frame.header.kind, object);
  return fail(ErrorCode::corrupt, "the content does not have this id");
}

Result<void> PackSalvager::gather(ObjectKind kind, const pack::FrameInput& object) {
  Gathered& gathered = gathered_[static_cast<std::size_t>(kind)];
  const bool full = gathered.raw.size() + object.bytes.size() > pack::solid_frame_target(kind) ||
                    gathered.objects.size() == pack::kMostObjectsInFrame;
  if (!gathered.objects.empty() && full) VCS_TRY(write_gathered(kind));
  gathered.objects.push_back({object.id, static_cast<std::uint32_t>(object.bytes.size())});
  gathered.raw.insert(gathered.raw.end(), object.bytes.begin(), object.bytes.end());
  return {};
}

Result<void> PackSalvager::write_gathered(ObjectKind kind) {
  Gathered& gathered = gathered_[static_cast<std::size_t>(kind)];
  if (gathered.objects.empty()) return {};
  std::vector<pack::FrameInput> inputs;
  std::size_t at = 0;
  for (const pack::FrameObject& object : gathered.objects) {
    inputs.push_back({object.id, ByteView(gathered.raw).subspan(at, object.length)});
    at += object.length;
  }
  VCS_ASSIGN(const pack::EncodedFrame frame, pack::encode_frame(kind, inputs, kLevel, compressor_));
  gathered = {};
  return output_->add(frame);
}

// Reads the new pack back: only then may it replace the damaged one.
Result<void> PackSalvager::prove() {
  VCS_TRY(output_->finish());
  std::size_t proven = 0;
  pack::FrameWalk walk;
  walk.frame = [&](std::uint64_t, const pack::FrameHeader& header, ByteView frame) -> Result<void> {
    VCS_TRY(opener_.check(header, frame));
    proven += header.objects.size();
    return {};
  };
  walk.gap = [](std::uint64_t, std::uint64_t, const std::string&) {};
  pack::PackReader reader(output_->file(), output_->written());
  VCS_TRY(pack::walk_frames(reader, pack::kPackHeaderSize, walk));
  saved_ = output_->contents().table.size();
  if (proven < saved_)
    return fail(ErrorCode::corrupt, "what was saved of {} cannot be read back",
                pack::pack_name(pack_->number));
  return {};
}

Result<void> PackSalvager::finish(base::Directory& aside) {
  const bool worth_it = saved_ > 0;
  VCS_TRY(exchange_.replace(pack_, worth_it ? output_.get() : nullptr));
  finished_ = worth_it;
  return exchange_.put_aside(pack_, aside);
}

}  // namespace vcs::store
