// SPDX-License-Identifier: Apache-2.0
// Reads copy after copy, until the hash of one is the id.
#include "core/store/object_reader.hpp"

#include <algorithm>
#include <array>

#include "core/pack/pack_file.hpp"

namespace vcs::store {
namespace {

using object::ObjectId;

ObjectId hash_with(object::HashProvider provider, ByteView bytes) {
  thread_local std::array<std::optional<object::Hasher>, 2> hashers;
  std::optional<object::Hasher>& hasher = hashers[static_cast<std::size_t>(provider)];
  if (!hasher) hasher.emplace(provider);
  return hasher->hash(bytes);
}

// A copy of the frame at `offset`, if the open pack has not written it yet.
std::optional<Result<pack::StoredFrame>> unwritten_frame(const pack::PackWriter& open,
                                                         std::uint64_t offset) {
  if (offset < open.written()) return std::nullopt;
  const ByteView bytes = open.unwritten_from(offset);
  return pack::decode_frame_header(bytes).map([&](pack::FrameHeader&& header) {
    pack::StoredFrame frame{std::move(header), {}};
    frame.bytes.resize(frame.header.total_length());
    std::copy_n(bytes.begin(), frame.bytes.size(), frame.bytes.data());
    return frame;
  });
}

}  // namespace

Result<Bytes> ObjectReader::get(const ObjectId& id) {
  std::optional<Error> first_error;
  std::optional<pack::Location> newest;
  for (std::size_t copy = 0;; ++copy) {
    const std::optional<pack::Location> location = packs_.find(id, copy);
    if (!location) break;
    Result<Bytes> bytes = read(*location, id);
    if (bytes) return bytes;
    if (packs_.was_replaced(location->pack)) {
      copy = SIZE_MAX;  // start again from the newest copy
      continue;
    }
    if (!newest) newest = location;
    if (!first_error)
      first_error = std::move(bytes).error().with_context(
          fmt::format("object {} in {} at offset {}", id.short_hex(),
                      pack::pack_name(location->pack), location->frame_offset));
  }
  if (newest) bad_copies_.add(id, *newest);
  if (first_error) return Failure(std::move(*first_error));
  return fail(ErrorCode::not_found, "there is no object {}", id.hex());
}

Result<Bytes> ObjectReader::read(const pack::Location& location, const ObjectId& id) {
  VCS_ASSIGN(const FrameCache::Content content, frame_content(location));
  if (location.object_offset > content->size() ||
      location.length > content->size() - location.object_offset)
    return fail(ErrorCode::corrupt, "the index points beyond its frame");
  const ByteView object = content->view().subspan(location.object_offset, location.length);
  if (hash_with(provider_, object) != id)
    return fail(ErrorCode::corrupt, "the content does not have this id");
  return Bytes(object.begin(), object.end());
}

Result<FrameCache::Content> ObjectReader::frame_content(const pack::Location& location) {
  if (auto cached = cache_.find(location.pack, location.frame_offset)) return cached;
  thread_local object::Decompressor decompressor;
  VCS_ASSIGN(pack::StoredFrame frame, fetch_frame(location));
  base::Buffer plain = spare_.take();
  VCS_TRY(pack::decode_frame_payload_into(frame.header, frame.bytes.view(), decompressor, plain));
  spare_.give_back(std::move(frame.bytes));
  FrameCache::Content content = spare_.share(std::move(plain));
  cache_.insert(location.pack, location.frame_offset, content);
  return content;
}

Result<pack::StoredFrame> ObjectReader::fetch_frame(const pack::Location& location) {
  std::shared_ptr<base::File> file;
  auto unwritten = packs_.look_at_open([&](const pack::PackWriter* open) {
    if (!open || open->number() != location.pack) return std::optional<Result<pack::StoredFrame>>();
    file = open->file();
    return unwritten_frame(*open, location.frame_offset);
  });
  if (unwritten) return std::move(*unwritten);
  if (!file) {
    VCS_ASSIGN(file, files_.get(location.pack));
  }
  return pack::read_frame(*file, location.frame_offset, spare_.take());
}

}  // namespace vcs::store
