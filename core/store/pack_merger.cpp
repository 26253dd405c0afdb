// SPDX-License-Identifier: Apache-2.0
// Merges packs: reads and checks, gathers, writes; then reads back and checks again.
#include "core/store/pack_merger.hpp"

#include <algorithm>
#include <numeric>

#include "core/pack/frame_walk.hpp"
#include "core/pack/pack_file.hpp"

namespace vcs::store {
namespace {

using object::ObjectKind;

// Plain bytes that one step reads.
constexpr std::uint64_t kStep = 1u << 20;
// Nodes and commits of successive saves are nearly equal, so larger frames compress better. But a
// frame must fit the cache of decoded frames and be decoded within a millisecond.
constexpr std::size_t kSolidNodes = 512 * 1024;
constexpr std::size_t kSolidBlobs = 256 * 1024;
// So many bytes are gathered and then sorted. Versions of one file or folder start with the same
// bytes, so sorting brings them together although saves of others are between them. All frames of a
// window together fit the cache of decoded frames.
constexpr std::size_t kWindow = 4u << 20;
// A frame with so many plain bytes keeps its objects; at most it is compressed again.
constexpr std::size_t kSolidEnough = 96 * 1024;
// Compressing a larger frame again would need too much memory.
constexpr std::size_t kLargestCompressed = 2u << 20;

constexpr ObjectKind kKinds[] = {ObjectKind::blob, ObjectKind::chunk_list, ObjectKind::tree_node,
                                 ObjectKind::commit};

std::size_t solid_size(ObjectKind kind) {
  return kind == ObjectKind::blob ? kSolidBlobs : kSolidNodes;
}

}  // namespace

Result<std::unique_ptr<PackMerger>> PackMerger::start(PackExchange& exchange,
                                                      std::vector<pack::SealedPackPtr> sources,
                                                      const MergeOptions& options) {
  VCS_ASSIGN(auto output, exchange.begin_pack());
  return std::unique_ptr<PackMerger>(
      new PackMerger(exchange, std::move(sources), options, std::move(output)));
}

PackMerger::PackMerger(PackExchange& exchange, std::vector<pack::SealedPackPtr> sources,
                       const MergeOptions& options, std::unique_ptr<pack::PackWriter> output)
    : exchange_(exchange),
      sources_(std::move(sources)),
      options_(options),
      opener_(options.hash_provider),
      output_(std::move(output)) {}

PackMerger::~PackMerger() {
  if (!finished_) exchange_.drop_pack(output_->number());
}

Failure PackMerger::damaged(std::uint64_t offset, const std::string& why) {
  damaged_ = sources_[current_];
  return fail(ErrorCode::corrupt, "{}", pack::damage_sentence(damaged_->number, offset, why));
}

Result<bool> PackMerger::step() {
  if (proving_) return prove_some();
  const bool all_read = current_ == sources_.size();
  for (const ObjectKind kind : kKinds) {
    Gathered& gathered = gathered_[static_cast<std::size_t>(kind)];
    if (gathered.table.size() == 0) continue;
    if (gathered.next == 0 && gathered.raw.size() < kWindow && !all_read) continue;
    VCS_TRY(write_gathered(kind, gathered));
    return false;
  }
  if (all_read) {
    VCS_TRY(end_writing());
    return false;
  }
  if (!reader_) VCS_TRY(open_source());
  VCS_TRY(read_some());
  if (position_ == reader_->length()) VCS_TRY(end_source());
  return false;
}

// --- Reading ---

Result<void> PackMerger::open_source() {
  const pack::SealedPack& pack = *sources_[current_];
  // With a damaged record, the merge would take an object for garbage.
  if (const auto defects = pack.index->index.check(); !defects.empty()) {
    damaged_ = sources_[current_];
    return fail(ErrorCode::corrupt, "{}", defects.front());
  }
  VCS_ASSIGN(auto file, exchange_.open_pack(pack.number));
  reader_ = std::make_unique<pack::PackReader>(std::move(file), pack.length);
  position_ = pack::kPackHeaderSize;
  accounted_ = 0;
  VCS_ASSIGN(const ByteView head, reader_->view(0, pack::kPackHeaderSize));
  if (!pack::is_pack_header(head, pack.number))
    return damaged(0, "the header of the pack is wrong");
  return {};
}

Result<void> PackMerger::read_some() {
  const std::vector<pack::TornRange>& torn = sources_[current_]->torn();
  std::uint64_t seen = 0;
  std::uint64_t next = reader_->length();
  std::optional<std::pair<std::uint64_t, std::string>> gap;
  pack::FrameWalk walk;
  walk.frame = [&](std::uint64_t offset, const pack::FrameHeader& header,
                   ByteView frame) -> Result<void> {
    if (seen >= kStep || gap) {
      next = offset;
      return fail(ErrorCode::cancelled, "enough for one step");
    }
    seen += header.raw_length + header.header_length;
    return take_frame(offset, header, frame);
  };
  walk.gap = [&](std::uint64_t begin, std::uint64_t end, const std::string& why) {
    if (!gap && !pack::is_torn(torn, begin, end)) gap = {begin, why};
  };
  auto walked = pack::walk_frames(*reader_, position_, walk);
  if (gap) return damaged(gap->first, gap->second);
  if (!walked && walked.error().code != ErrorCode::cancelled) return walked;
  bytes_read_ += next - position_;
  position_ = next;
  return {};
}

// Each record of the index must have been found; otherwise an object would be lost.
Result<void> PackMerger::end_source() {
  const pack::SealedPack& pack = *sources_[current_];
  if (accounted_ != pack.size())
    return damaged(pack.length, fmt::format("{} of the {} objects of its index were not found",
                                            pack.size() - accounted_, pack.size()));
  reader_.reset();
  ++current_;
  return {};
}

Result<void> PackMerger::take_frame(std::uint64_t offset, const pack::FrameHeader& header,
                                    ByteView frame) {
  if (header.objects.empty()) return {};
  const auto objects = opener_.check(header, frame);
  if (!objects) {
    if (objects.error().code != ErrorCode::corrupt) return Failure(objects.error());
    return damaged(offset, objects.error().message);
  }
  VCS_ASSIGN(const std::vector<bool> wanted, wanted_objects(offset, header));
  const bool all = std::find(wanted.begin(), wanted.end(), false) == wanted.end();
  if (all && header.raw_length >= kSolidEnough && !header.commit_point)
    return take_whole(header, *objects, frame);
  for (std::size_t i = 0; i < objects->size(); ++i)
    if (wanted[i]) gather(header.kind, (*objects)[i]);
  return {};
}

// Leaves out objects that the index does not place here: they were abandoned, or are second copies.
Result<std::vector<bool>> PackMerger::wanted_objects(std::uint64_t offset,
                                                     const pack::FrameHeader& header) {
  const pack::SealedPack& pack = *sources_[current_];
  std::vector<bool> wanted(header.objects.size());
  std::uint32_t at = 0;
  for (std::size_t i = 0; i < header.objects.size(); ++i) {
    const pack::FrameObject& object = header.objects[i];
    const auto record = pack::IndexRecord::make(object.id, static_cast<std::uint32_t>(offset), at,
                                                object.length, header.kind);
    at += object.length;
    if (pack.find(object.id) != record) continue;
    ++accounted_;
    wanted[i] = !gathered_[static_cast<std::size_t>(header.kind)].table.find(object.id) &&
                !output_->contents().table.find(object.id) &&
                !exchange_.copy_outside(object.id, sources_).has_value();
  }
  return wanted;
}

// --- Writing ---

Result<void> PackMerger::take_whole(const pack::FrameHeader& header,
                                    std::span<const pack::FrameInput> objects, ByteView frame) {
  const auto copy = [&] {
    return output_->add(pack::EncodedFrame{header, Bytes(frame.begin(), frame.end())});
  };
  // A frame that the first compression did not make smaller hardly gets smaller now.
  if (!header.compressed || header.raw_length > kLargestCompressed ||
      sources_[current_]->level() >= options_.level)
    return copy();
  VCS_ASSIGN(const pack::EncodedFrame encoded,
             pack::encode_frame(header.kind, objects, options_.level, compressor_));
  return encoded.bytes.size() < frame.size() ? output_->add(encoded) : copy();
}

void PackMerger::gather(ObjectKind kind, const pack::FrameInput& object) {
  Gathered& gathered = gathered_[static_cast<std::size_t>(kind)];
  gathered.table.insert(
      pack::IndexRecord::make(object.id, 0, static_cast<std::uint32_t>(gathered.raw.size()),
                              static_cast<std::uint32_t>(object.bytes.size()), kind));
  gathered.raw.insert(gathered.raw.end(), object.bytes.begin(), object.bytes.end());
}

// Writes one frame of the gathered objects.
Result<void> PackMerger::write_gathered(ObjectKind kind, Gathered& gathered) {
  if (gathered.next == 0) put_in_order(kind, gathered);
  std::vector<pack::FrameInput> inputs;
  std::size_t size = 0;
  while (gathered.next < gathered.order.size() && inputs.size() < pack::kMostObjectsInFrame) {
    const pack::IndexRecord& record = gathered.table.records()[gathered.order[gathered.next]];
    if (!inputs.empty() && size + record.length() > solid_size(kind)) break;
    size += record.length();
    inputs.push_back({record.id, gathered.bytes_of(record)});
    ++gathered.next;
  }
  VCS_ASSIGN(const pack::EncodedFrame frame,
             pack::encode_frame(kind, inputs, options_.level, compressor_));
  if (gathered.next == gathered.order.size()) gathered = {};
  return output_->add(frame);
}

// Commits and chunk lists are full of ids, so sorting does not help: they stay in order of time.
void PackMerger::put_in_order(ObjectKind kind, Gathered& gathered) {
  const std::vector<pack::IndexRecord>& records = gathered.table.records();
  gathered.order.resize(records.size());
  std::iota(gathered.order.begin(), gathered.order.end(), 0u);
  if (kind != ObjectKind::blob && kind != ObjectKind::tree_node) return;
  std::stable_sort(
      gathered.order.begin(), gathered.order.end(), [&](std::uint32_t a, std::uint32_t b) {
        const ByteView left = gathered.bytes_of(records[a]), right = gathered.bytes_of(records[b]);
        return std::lexicographical_compare(left.begin(), left.end(), right.begin(), right.end());
      });
}

Result<void> PackMerger::end_writing() {
  VCS_TRY(output_->finish());
  proving_ = true;
  position_ = pack::kPackHeaderSize;
  reader_ = std::make_unique<pack::PackReader>(output_->file(), output_->written());
  return {};
}

// --- Proving ---

Result<bool> PackMerger::prove_some() {
  std::uint64_t seen = 0, next = reader_->length();
  pack::FrameWalk walk;
  walk.frame = [&](std::uint64_t offset, const pack::FrameHeader& header,
                   ByteView frame) -> Result<void> {
    if (seen >= kStep) {
      next = offset;
      return fail(ErrorCode::cancelled, "enough for one step");
    }
    seen += header.raw_length + header.header_length;
    proven_ += header.objects.size();
    VCS_TRY(opener_.check(header, frame));
    return {};
  };
  walk.gap = [](std::uint64_t, std::uint64_t, const std::string&) {};
  auto walked = pack::walk_frames(*reader_, position_, walk);
  if (!walked && walked.error().code != ErrorCode::cancelled)
    return Failure(std::move(walked).error());
  position_ = next;
  if (position_ < reader_->length()) return false;
  if (proven_ != output_->contents().table.size())
    return fail(ErrorCode::corrupt, "the merged pack cannot be read back");
  return true;
}

Result<void> PackMerger::finish() {
  VCS_TRY(exchange_.exchange(*output_, options_.level, sources_));
  finished_ = true;
  return {};
}

}  // namespace vcs::store
