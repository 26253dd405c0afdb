// SPDX-License-Identifier: Apache-2.0
// CRC-64/XZ by a table, byte by byte: envelopes are small.
#include "core/remote/layout/crc64.hpp"

#include <array>

namespace vcs::remote::layout {

namespace {

constexpr std::uint64_t kReflectedPolynomial = 0xC96C5795D7870F42;

constexpr std::array<std::uint64_t, 256> make_table() {
  std::array<std::uint64_t, 256> table{};
  for (std::uint64_t byte = 0; byte < table.size(); ++byte) {
    std::uint64_t value = byte;
    for (int bit = 0; bit < 8; ++bit)
      value = (value >> 1) ^ ((value & 1) != 0 ? kReflectedPolynomial : 0);
    table[byte] = value;
  }
  return table;
}

constexpr auto kTable = make_table();

}  // namespace

std::uint64_t crc64(ByteView bytes) {
  std::uint64_t value = ~std::uint64_t{0};
  for (const std::uint8_t byte : bytes) value = (value >> 8) ^ kTable[(value ^ byte) & 0xFF];
  return ~value;
}

}  // namespace vcs::remote::layout
