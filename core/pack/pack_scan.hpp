// SPDX-License-Identifier: Apache-2.0
// Reads a whole pack to learn its contents. Opening a store scans the open pack and packs without
// an index; a repair scans packs whose index is wrong.
#pragma once

#include "core/pack/pack_reader.hpp"
#include "core/pack/pack_table.hpp"

namespace vcs::pack {

struct PackGap {
  std::uint64_t begin = 0, end = 0;
  std::string why;
  // True: frames follow a durable point behind the gap, so these bytes were durable once. False: a
  // power cut may have left the gap in writes that the store had not reported as durable.
  bool was_durable = false;
};

struct PackScan {
  PackContents contents;        // of the whole frames; `torn` is left empty
  std::uint64_t whole_end = 0;  // of the last whole frame; 0: there is none
  // End of the last durable point that has a frame behind it: all bytes before it were durable
  // once. 0: none.
  std::uint64_t proven_end = 0;
  std::vector<PackGap> gaps;  // in order; the last one may reach the end of the pack
};

// Checks every payload. A read error ends the scan, so that nothing is decided on half a scan.
Result<PackScan> scan_pack(PackReader& reader, std::uint32_t number);

}  // namespace vcs::pack
