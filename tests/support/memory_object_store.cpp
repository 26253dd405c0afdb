// SPDX-License-Identifier: Apache-2.0
// A map of objects that can be damaged on purpose.
#include "tests/support/memory_object_store.hpp"

#include "core/pack/frame.hpp"

namespace vcs::test {

using base::ErrorCode;
using base::fail;
using base::Result;
using object::ObjectId;
using object::ObjectKind;

ObjectId MemoryObjectStore::put(ObjectKind kind, base::ByteView bytes) {
  const ObjectId id = object::hash_bytes(bytes);
  const std::lock_guard lock(mutex_);
  if (objects_.try_emplace(id, Object{kind, {bytes.begin(), bytes.end()}, false}).second)
    since_commit_.push_back(id);
  claims_.erase(id);
  return id;
}

void MemoryObjectStore::damage(const ObjectId& id) {
  const std::lock_guard lock(mutex_);
  if (const auto found = objects_.find(id); found != objects_.end()) found->second.damaged = true;
}

void MemoryObjectStore::lose(const ObjectId& id) {
  const std::lock_guard lock(mutex_);
  objects_.erase(id);
}

std::size_t MemoryObjectStore::object_count() const {
  const std::lock_guard lock(mutex_);
  return objects_.size();
}

std::uint64_t MemoryObjectStore::reads() const {
  const std::lock_guard lock(mutex_);
  return reads_;
}

std::uint64_t MemoryObjectStore::commits() const {
  const std::lock_guard lock(mutex_);
  return commits_;
}

std::optional<pack::Location> MemoryObjectStore::find(const ObjectId& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = objects_.find(id);
  if (found == objects_.end()) return std::nullopt;
  pack::Location location;
  location.length = static_cast<std::uint32_t>(found->second.bytes.size());
  location.kind = found->second.kind;
  return location;
}

Result<base::Bytes> MemoryObjectStore::get(const ObjectId& id) {
  const std::lock_guard lock(mutex_);
  ++reads_;
  const auto found = objects_.find(id);
  if (found == objects_.end())
    return fail(ErrorCode::not_found, "object {} is not stored", id.short_hex());
  if (found->second.damaged)
    return fail(ErrorCode::corrupt, "object {} is damaged", id.short_hex());
  return found->second.bytes;
}

bool MemoryObjectStore::claim(const ObjectId& id) {
  const std::lock_guard lock(mutex_);
  return !objects_.contains(id) && claims_.insert(id).second;
}

void MemoryObjectStore::release_claims() {
  const std::lock_guard lock(mutex_);
  claims_.clear();
}

void MemoryObjectStore::give_up_claim(const ObjectId& id) {
  const std::lock_guard lock(mutex_);
  claims_.erase(id);
}

Result<void> MemoryObjectStore::append(const pack::EncodedFrame& frame) {
  VCS_ASSIGN(const pack::FrameHeader header, pack::decode_frame_header(frame.bytes));
  object::Decompressor decompressor;
  VCS_ASSIGN(const base::Bytes raw, pack::decode_frame_payload(header, frame.bytes, decompressor));
  std::size_t offset = 0;
  for (const pack::FrameObject& object : header.objects) {
    put(header.kind, base::ByteView(raw).subspan(offset, object.length));
    offset += object.length;
  }
  const std::lock_guard lock(mutex_);
  bytes_stored_ += frame.bytes.size();
  return {};
}

Result<void> MemoryObjectStore::commit(const pack::EncodedFrame& commit_frame, std::uint64_t) {
  VCS_TRY(append(commit_frame));
  const std::lock_guard lock(mutex_);
  ++commits_;
  since_commit_.clear();
  return {};
}

Result<void> MemoryObjectStore::sync() {
  const std::lock_guard lock(mutex_);
  since_commit_.clear();
  return {};
}

void MemoryObjectStore::abandon() {
  const std::lock_guard lock(mutex_);
  for (const ObjectId& id : since_commit_) objects_.erase(id);
  since_commit_.clear();
  claims_.clear();
}

store::StoreStats MemoryObjectStore::stats() const {
  const std::lock_guard lock(mutex_);
  store::StoreStats stats;
  stats.objects = objects_.size();
  for (const auto& [id, object] : objects_) stats.bytes_raw += object.bytes.size();
  stats.bytes_stored = bytes_stored_;
  return stats;
}

std::vector<std::pair<ObjectId, ObjectKind>> MemoryObjectStore::find_by_prefix(
    std::string_view hex_prefix) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<ObjectId, ObjectKind>> found;
  for (const auto& [id, object] : objects_)
    if (id.hex().starts_with(hex_prefix)) found.emplace_back(id, object.kind);
  return found;
}

void MemoryObjectStore::for_each(const IdVisitor& visitor) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, object] : objects_) visitor(id, object.kind);
}

Result<void> MemoryObjectStore::visit_pack(std::uint32_t pack, const store::PackVisitor&) const {
  return fail(ErrorCode::not_found, "there is no pack {} in memory", pack);
}

}  // namespace vcs::test
