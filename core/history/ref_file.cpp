// SPDX-License-Identifier: Apache-2.0
// Encodes and decodes ref files.
#include "core/history/ref_file.hpp"

#include "core/object/checksum.hpp"

namespace vcs::history {
namespace {

constexpr char kMagic[] = "VCSR";
constexpr std::uint32_t kVersion = 1;

}  // namespace

Bytes encode_ref(const object::ObjectId& commit) {
  Bytes out;
  base::ByteWriter writer(out);
  writer.text(kMagic);
  writer.u32(kVersion);
  writer.bytes(commit.view());
  writer.u64(object::checksum64(out));
  return out;
}

Result<object::ObjectId> decode_ref(ByteView bytes) {
  if (bytes.size() != kRefFileSize)
    return fail(ErrorCode::corrupt, "it has {} bytes instead of {}", bytes.size(), kRefFileSize);
  base::ByteReader reader(bytes);
  const std::string_view magic = reader.text(4);
  const std::uint32_t version = reader.u32();
  const object::ObjectId commit = object::ObjectId::from_bytes(reader.bytes(32));
  if (magic != kMagic || reader.u64() != object::checksum64(bytes.first(kRefFileSize - 8)))
    return fail(ErrorCode::corrupt, "its checksum is wrong");
  if (version != kVersion)
    return fail(ErrorCode::unsupported, "version {} needs a newer program", version);
  return commit;
}

}  // namespace vcs::history
