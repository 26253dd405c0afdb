// SPDX-License-Identifier: Apache-2.0
// Names of pack files, and the header that a pack starts with. docs/format/pack.md
#pragma once

#include <optional>
#include <string>

#include "core/base/bytes.hpp"

namespace vcs::pack {

inline constexpr std::size_t kPackHeaderSize = 16;
// Offsets in a pack have 32 bits. A pack never grows past this; the store seals it long before.
inline constexpr std::uint64_t kLargestPack = std::uint64_t{3} << 30;

// A name has eight digits.
inline constexpr std::uint32_t kLargestPackNumber = 99'999'999;

std::string pack_name(std::uint32_t number);   // "00000001.pack"
std::string index_name(std::uint32_t number);  // "00000001.idx"
// The name of a pack while a merge, a repair or an opening writes it: "00000001.merge"
std::string unfinished_name(std::uint32_t number);
bool is_unfinished_name(const std::string& name);

struct PackFileName {
  std::uint32_t number = 0;
  bool is_index = false;
};
// Nothing: the store did not make this file.
std::optional<PackFileName> parse_pack_file_name(const std::string& name);

// The sentence for bytes that hold no whole frame. All callers report the same sentence.
std::string damage_sentence(std::uint32_t number, std::uint64_t offset, const std::string& why);

Bytes encode_pack_header(std::uint32_t number);
// True if `bytes` starts with the header of exactly this pack.
bool is_pack_header(ByteView bytes, std::uint32_t number);

}  // namespace vcs::pack
