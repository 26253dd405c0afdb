// SPDX-License-Identifier: Apache-2.0
// Content-defined chunking: FastCDC with normalisation level 2 (Xia et al., USENIX ATC '16; the
// rolling gear hash and two masks around the average size).
//
// Cuts depend on content alone, so an insertion at the start of a large file changes one or two
// chunks. The chunker's id and seed are repository settings, fixed when the repository is made.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"

namespace vcs::object {

struct ChunkerParameters {
  std::uint32_t algorithm = 1;         // 1: FastCDC, gear, normalisation 2
  std::uint32_t average = 128 * 1024;  // bytes, a power of two, 4 KiB … 4 MiB
  std::uint64_t seed = 0;              // of the gear table
  std::uint32_t minimum() const { return average / 4; }
  std::uint32_t maximum() const { return average * 4; }
  Result<void> validate() const;
  bool operator==(const ChunkerParameters&) const = default;
};

// Immutable after construction; thread-safe.
class Chunker {
 public:
  explicit Chunker(const ChunkerParameters& parameters);  // parameters must be valid

  // The length of the first chunk of `data`, which starts at a cut. Pass at least maximum() bytes,
  // or all that is left of the content, which may be the last chunk. With fewer bytes of a longer
  // content, a result below data.size() is right all the same, and data.size() may be only the
  // start of a longer chunk. Never 0 for non-empty data. Reads four bytes a step with pre-shifted
  // tables.
  std::size_t next_cut(ByteView data) const;
  // The same result one byte a step: the reference that the tests compare next_cut with.
  std::size_t next_cut_reference(ByteView data) const;

  const ChunkerParameters& parameters() const { return parameters_; }

 private:
  ChunkerParameters parameters_;
  std::uint64_t mask_small_ = 0;  // before the average: harder to meet
  std::uint64_t mask_large_ = 0;  // after it: easier
  // gear_[k][b] is the gear value of byte b shifted left by k.
  std::array<std::array<std::uint64_t, 256>, 4> gear_;
};

}  // namespace vcs::object
