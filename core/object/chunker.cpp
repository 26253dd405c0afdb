// SPDX-License-Identifier: Apache-2.0
// FastCDC. docs/format/chunker.md specifies it; next_cut_reference is the specification in code.
#include "core/object/chunker.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

namespace vcs::object {
namespace {

constexpr std::uint32_t kFastCdc = 1;
constexpr std::uint32_t kLeastAverage = 4 * 1024;
constexpr std::uint32_t kGreatestAverage = 4 * 1024 * 1024;
constexpr int kNormalisation = 2;
// The masks leave the three highest bits free, so that the hash after each of four bytes can be
// tested while it is still shifted left by up to three.
constexpr int kHeadroom = 3;

std::uint64_t split_mix_64(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9E3779B97F4A7C15);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

std::uint64_t mask_of_bits(int bits) {
  return ((std::uint64_t{1} << bits) - 1) << (64 - kHeadroom - bits);
}

using GearTables = std::array<std::array<std::uint64_t, 256>, 4>;

// Continues `hash` over data[position, end) and returns the position after the first byte where it
// meets `mask`, or 0 if there is none.
//
// With h the hash before four bytes, the hash after the first of them is
// (h << 1) + gear[0]; eight times that is (h << 4) + (gear[0] << 3), which is the first partial sum
// of the hash after all four. So the partial sums are compared with the mask shifted as far, and
// the chain from one step to the next is one shift and one addition.
inline std::size_t find_cut(const std::uint8_t* data, std::size_t position, std::size_t end,
                            std::uint64_t mask, const GearTables& tables, std::uint64_t& hash) {
  const std::uint64_t* const gear0 = tables[0].data();
  const std::uint64_t* const gear1 = tables[1].data();
  const std::uint64_t* const gear2 = tables[2].data();
  const std::uint64_t* const gear3 = tables[3].data();
  std::uint64_t h = hash;
  for (; end - position >= 4; position += 4) {
    const std::uint64_t first = gear3[data[position]];
    const std::uint64_t second = first + gear2[data[position + 1]];
    const std::uint64_t third = second + gear1[data[position + 2]];
    const std::uint64_t fourth = third + gear0[data[position + 3]];
    h <<= 4;
    if (((h + first) & (mask << 3)) == 0) return position + 1;
    if (((h + second) & (mask << 2)) == 0) return position + 2;
    if (((h + third) & (mask << 1)) == 0) return position + 3;
    h += fourth;
    if ((h & mask) == 0) return position + 4;
  }
  for (; position < end; ++position) {
    h = (h << 1) + gear0[data[position]];
    if ((h & mask) == 0) return position + 1;
  }
  hash = h;
  return 0;
}

}  // namespace

Result<void> ChunkerParameters::validate() const {
  if (algorithm != kFastCdc) {
    return fail(ErrorCode::invalid, "chunker {} is unknown to this program; it knows chunker 1",
                algorithm);
  }
  if (average < kLeastAverage || average > kGreatestAverage || !std::has_single_bit(average)) {
    return fail(ErrorCode::invalid,
                "an average chunk of {} bytes is not possible: it must be a power of two "
                "from 4 KiB to 4 MiB",
                average);
  }
  return {};
}

Chunker::Chunker(const ChunkerParameters& parameters) : parameters_(parameters) {
  assert(parameters.validate());
  const int bits = std::countr_zero(parameters.average);
  mask_small_ = mask_of_bits(bits + kNormalisation);
  mask_large_ = mask_of_bits(bits - kNormalisation);
  std::uint64_t state = parameters.seed;
  for (std::size_t byte = 0; byte < 256; ++byte) {
    const std::uint64_t value = split_mix_64(state);
    for (std::size_t shift = 0; shift < gear_.size(); ++shift) {
      gear_[shift][byte] = value << shift;
    }
  }
}

std::size_t Chunker::next_cut(ByteView data) const {
  const std::size_t end = std::min<std::size_t>(data.size(), parameters_.maximum());
  if (end <= parameters_.minimum()) return end;
  const std::size_t centre = std::min<std::size_t>(end, parameters_.average);
  std::uint64_t hash = 0;
  std::size_t cut = find_cut(data.data(), parameters_.minimum(), centre, mask_small_, gear_, hash);
  if (cut == 0) cut = find_cut(data.data(), centre, end, mask_large_, gear_, hash);
  return cut == 0 ? end : cut;
}

std::size_t Chunker::next_cut_reference(ByteView data) const {
  const std::size_t end = std::min<std::size_t>(data.size(), parameters_.maximum());
  std::uint64_t hash = 0;
  for (std::size_t i = parameters_.minimum(); i < end; ++i) {
    hash = (hash << 1) + gear_[0][data[i]];
    const std::uint64_t mask = i < parameters_.average ? mask_small_ : mask_large_;
    if ((hash & mask) == 0) return i + 1;
  }
  return end;
}

}  // namespace vcs::object
