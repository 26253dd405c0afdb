// SPDX-License-Identifier: Apache-2.0
// Names and headers of packs.
#include "core/pack/pack_file.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vcs::pack {
namespace {

constexpr char kMagic[] = "VCSPACK1";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kDigits = 8;

}  // namespace

std::string pack_name(std::uint32_t number) {
  return fmt::format("{:08}.pack", number);
}
std::string index_name(std::uint32_t number) {
  return fmt::format("{:08}.idx", number);
}

std::string unfinished_name(std::uint32_t number) {
  return fmt::format("{:08}.merge", number);
}
bool is_unfinished_name(const std::string& name) {
  return name.ends_with(".merge");
}

std::string damage_sentence(std::uint32_t number, std::uint64_t offset, const std::string& why) {
  return fmt::format("{} is damaged at offset {}: {}.", pack_name(number), offset, why);
}

std::optional<PackFileName> parse_pack_file_name(const std::string& name) {
  if (name.size() < kDigits) return std::nullopt;
  PackFileName parsed;
  for (std::size_t i = 0; i < kDigits; ++i) {
    if (name[i] < '0' || name[i] > '9') return std::nullopt;
    parsed.number = parsed.number * 10 + static_cast<std::uint32_t>(name[i] - '0');
  }
  parsed.is_index = name.compare(kDigits, std::string::npos, ".idx") == 0;
  if (!parsed.is_index && name.compare(kDigits, std::string::npos, ".pack") != 0)
    return std::nullopt;
  if (parsed.number == 0) return std::nullopt;
  return parsed;
}

Bytes encode_pack_header(std::uint32_t number) {
  Bytes out;
  base::ByteWriter writer(out);
  writer.text(kMagic);
  writer.u32(kVersion);
  writer.u32(number);
  return out;
}

bool is_pack_header(ByteView bytes, std::uint32_t number) {
  const Bytes expected = encode_pack_header(number);
  return bytes.size() >= expected.size() &&
         std::equal(expected.begin(), expected.end(), bytes.begin());
}

}  // namespace vcs::pack
