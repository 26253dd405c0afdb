// SPDX-License-Identifier: Apache-2.0
// Writes a sorted file of ids, and searches its mapping.
#include "core/sync/known_ids.hpp"

#include <algorithm>
#include <iterator>

#include "core/object/checksum.hpp"

namespace vcs::sync {

namespace {

using object::ObjectId;

constexpr std::string_view kMagic = "VCSKNOW1";
constexpr std::size_t kOwnerSize = 32;
constexpr std::size_t kHeaderSize = kMagic.size() + kOwnerSize + 8;
constexpr std::size_t kChecksumSize = 8;

static_assert(sizeof(ObjectId) == ObjectId::kSize && alignof(ObjectId) == 1,
              "ids are used where they lie in the mapped file");

Result<std::span<const ObjectId>> parse(ByteView bytes, std::string_view owner) {
  const auto damaged = [] { return fail(ErrorCode::corrupt, "the file of known ids is damaged"); };
  if (bytes.size() < kHeaderSize + kChecksumSize) return damaged();
  base::ByteReader reader(bytes);
  const bool ours = reader.text(kMagic.size()) == kMagic && reader.text(kOwnerSize) == owner;
  const std::uint64_t count = reader.u64();
  const std::size_t body = bytes.size() - kHeaderSize - kChecksumSize;
  if (!ours || count != body / ObjectId::kSize || body % ObjectId::kSize != 0) return damaged();
  const std::uint64_t checksum = base::ByteReader(bytes.last(kChecksumSize)).u64();
  if (checksum != object::checksum64(bytes.first(bytes.size() - kChecksumSize))) return damaged();
  const auto* first = reinterpret_cast<const ObjectId*>(bytes.data() + kHeaderSize);
  return std::span<const ObjectId>(first, count);
}

}  // namespace

Result<KnownIds> KnownIds::open(base::Directory& directory, const std::string& name,
                                std::string_view owner) {
  KnownIds result;
  VCS_ASSIGN(result.file_, directory.open_file(name, base::OpenMode::read));
  VCS_ASSIGN(const base::FileStat stat, result.file_->stat());
  VCS_ASSIGN(result.mapping_, result.file_->map(stat.size));
  VCS_ASSIGN(result.ids_, parse(result.mapping_->bytes(), owner));
  return result;
}

Result<void> KnownIds::write(base::Directory& directory, const std::string& name,
                             std::string_view owner, const KnownIds& old,
                             std::vector<ObjectId> added) {
  std::sort(added.begin(), added.end());
  std::vector<ObjectId> merged;
  merged.reserve(old.size() + added.size());
  std::set_union(old.ids_.begin(), old.ids_.end(), added.begin(), added.end(),
                 std::back_inserter(merged));
  merged.erase(std::unique(merged.begin(), merged.end()), merged.end());
  Bytes out;
  out.reserve(kHeaderSize + merged.size() * ObjectId::kSize + kChecksumSize);
  base::ByteWriter writer(out);
  writer.text(kMagic);
  writer.text(owner);
  writer.u64(merged.size());
  for (const ObjectId& id : merged) writer.bytes(id.view());
  writer.u64(object::checksum64(out));
  return base::replace_file(directory, name, out);
}

bool KnownIds::contains(const ObjectId& id) const {
  return std::binary_search(ids_.begin(), ids_.end(), id);
}

}  // namespace vcs::sync
