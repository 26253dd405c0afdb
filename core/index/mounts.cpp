// SPDX-License-Identifier: Apache-2.0
// Encodes, reads and writes the file of mounts.
#include "core/index/mounts.hpp"

#include "core/object/checksum.hpp"
#include "core/object/tree_node.hpp"
#include "core/object/tree_paths.hpp"

namespace vcs::index {
namespace {

constexpr std::string_view kMagic = "VCSMOUNT";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kChecksumSize = 8;
constexpr std::uint64_t kLargestFile = std::uint64_t{1} << 24;

void write_identity(base::ByteWriter& writer, const FolderIdentity& identity) {
  writer.varint(identity.device);
  writer.varint(identity.inode);
}

FolderIdentity read_identity(base::ByteReader& reader) {
  FolderIdentity identity;
  identity.device = reader.varint();
  identity.inode = reader.varint();
  return identity;
}

}  // namespace

Bytes encode_mounts(const Mounts& mounts) {
  Bytes out;
  base::ByteWriter writer(out);
  writer.text(kMagic);
  writer.u32(kVersion);
  for (const auto& [path, mount] : mounts) {
    writer.sized_text(path);
    write_identity(writer, mount.here);
    write_identity(writer, mount.stranger);
  }
  writer.u64(object::checksum64(out));
  return out;
}

Result<Mounts> decode_mounts(ByteView bytes) {
  const auto damaged = [] { return fail(ErrorCode::corrupt, "the list of mounts is damaged"); };
  if (bytes.size() < kMagic.size() + 4 + kChecksumSize) return damaged();
  const ByteView body = bytes.first(bytes.size() - kChecksumSize);
  base::ByteReader checksum(bytes.subspan(body.size()));
  base::ByteReader reader(body);
  if (reader.text(kMagic.size()) != kMagic || checksum.u64() != object::checksum64(body))
    return damaged();
  if (const std::uint32_t version = reader.u32(); version != kVersion)
    return fail(ErrorCode::unsupported, "the list of mounts has version {}, not {}", version,
                kVersion);
  Mounts mounts;
  while (!reader.failed() && !reader.finished()) {
    std::string path(reader.sized_text());
    const FolderIdentity here = read_identity(reader);
    const FolderIdentity stranger = read_identity(reader);
    const bool sorted = mounts.empty() || mounts.rbegin()->first < path;
    if (reader.failed() || !sorted || !object::is_valid_tree_path(path)) return damaged();
    mounts.emplace_hint(mounts.end(), std::move(path), Mount{here, stranger});
  }
  if (!reader.finished()) return damaged();
  return mounts;
}

Mounts read_mounts(base::Directory& repository, const base::Log& log) {
  const auto bytes = base::read_file(repository, kMountsName, kLargestFile);
  if (!bytes && bytes.error().code == ErrorCode::not_found) return {};
  auto mounts = bytes ? decode_mounts(*bytes) : Result<Mounts>(Failure(bytes.error()));
  if (mounts) return std::move(*mounts);
  log.warning(
      "cannot read the list of mounts: {}; a new list is made from the disks that are mounted now",
      mounts.error().message);
  return {};
}

Result<void> write_mounts(base::Directory& repository, const Mounts& mounts) {
  return base::replace_file(repository, kMountsName, encode_mounts(mounts));
}

bool is_mounted_at_or_above(const Mounts& mounts, const std::string& path) {
  for (std::string_view at = path; !at.empty(); at = object::parent_path(at))
    if (mounts.contains(std::string(at))) return true;
  return false;
}

}  // namespace vcs::index
