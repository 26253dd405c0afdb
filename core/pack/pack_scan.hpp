// SPDX-License-Identifier: Apache-2.0
// Reads a whole pack to learn what is in it: at opening, for the open pack and for one that lost
// its index.
#pragma once

#include "core/pack/pack_reader.hpp"
#include "core/pack/pack_table.hpp"

namespace vcs::pack {

struct PackGap {
  std::uint64_t begin = 0, end = 0;
  std::string why;
  // Proven: frames were appended after a durable point that lies behind the gap, so these bytes had
  // been durable. Otherwise a power cut may have left it in writes that nobody was told of.
  bool was_durable = false;
};

struct PackScan {
  PackContents contents;        // of the whole frames; `torn` is left empty
  std::uint64_t whole_end = 0;  // of the last whole frame; 0: there is none
  // Of the last durable point that has a frame behind it: all before was durable once. 0: none.
  std::uint64_t proven_end = 0;
  std::vector<PackGap> gaps;  // in order; a last one may reach the end
};

// Every payload is checked. Read errors end the scan: nothing is decided on half a look.
Result<PackScan> scan_pack(PackReader& reader, std::uint32_t number);

}  // namespace vcs::pack
