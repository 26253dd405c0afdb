// SPDX-License-Identifier: Apache-2.0
// The envelope of every object of the remote layout: a header with its type, a body, a checksum.
//
//   "VCSR"  type:u8  version:u8  encryption:u8  zero:u8  body…  crc64 of all before:u64
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"

namespace vcs::remote::layout {

enum class EnvelopeType : std::uint8_t {
  config = 1,
  ref = 2,
  pack = 3,  // its header only: the frames have checksums of their own
  pack_index = 4,
  segment = 5,
  device = 6,
};

inline constexpr std::size_t kEnvelopeHeader = 8;
inline constexpr std::size_t kEnvelopeOverhead = kEnvelopeHeader + 8;

void begin_envelope(EnvelopeType type, Bytes& out);
// Adds the checksum of out[begin, end).
void end_envelope(Bytes& out, std::size_t begin = 0);
// Checks the header at the start of `bytes`.
Result<void> check_envelope_header(EnvelopeType type, ByteView bytes);
// The body of a whole envelope.
Result<ByteView> open_envelope(EnvelopeType type, ByteView bytes);

}  // namespace vcs::remote::layout
