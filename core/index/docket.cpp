// SPDX-License-Identifier: Apache-2.0
// Encodes and decodes the file `current`.
#include "core/index/docket.hpp"

#include <charconv>

#include "core/object/checksum.hpp"

namespace vcs::index {
namespace {

constexpr std::string_view kMagic = "VCSICURR";
constexpr std::uint32_t kVersion = 1;
constexpr std::string_view kBasePrefix = "base-";
constexpr std::string_view kJournalPrefix = "journal-";

}  // namespace

std::string base_name(std::uint32_t generation) {
  return fmt::format("{}{:08}", kBasePrefix, generation);
}

std::string journal_name(std::uint32_t generation) {
  return fmt::format("{}{:08}", kJournalPrefix, generation);
}

std::optional<std::uint32_t> generation_of(const std::string& name) {
  for (const std::string_view prefix : {kBasePrefix, kJournalPrefix}) {
    if (!name.starts_with(prefix)) continue;
    std::uint32_t generation = 0;
    const char* end = name.data() + name.size();
    const auto [stopped, error] = std::from_chars(name.data() + prefix.size(), end, generation);
    if (error == std::errc() && stopped == end) return generation;
  }
  return std::nullopt;
}

Bytes encode_docket(std::uint32_t generation) {
  Bytes bytes;
  base::ByteWriter writer(bytes);
  writer.text(kMagic);
  writer.u32(kVersion);
  writer.u32(generation);
  writer.u64(object::checksum64(bytes));
  return bytes;
}

Result<std::uint32_t> decode_docket(ByteView bytes) {
  base::ByteReader reader(bytes);
  const bool magic = reader.text(kMagic.size()) == kMagic;
  const std::uint32_t version = reader.u32();
  const std::uint32_t generation = reader.u32();
  const std::uint64_t expected = object::checksum64(bytes.first(reader.position()));
  if (!magic || reader.u64() != expected || !reader.finished())
    return fail(ErrorCode::corrupt, "the index's file '{}' is damaged", kDocketName);
  if (version != kVersion)
    return fail(ErrorCode::corrupt, "the index has version {}; this program reads {}", version,
                kVersion);
  return generation;
}

}  // namespace vcs::index
