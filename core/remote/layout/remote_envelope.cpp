// SPDX-License-Identifier: Apache-2.0
// Writes and checks the header and the checksum around every object at a remote.
#include "core/remote/layout/remote_envelope.hpp"

#include "core/remote/layout/crc64.hpp"

namespace vcs::remote::layout {

namespace {

constexpr std::string_view kMagic = "VCSR";
constexpr std::uint8_t kVersion = 1;

const char* type_name(EnvelopeType type) {
  switch (type) {
    case EnvelopeType::config:
      return "configuration";
    case EnvelopeType::ref:
      return "ref";
    case EnvelopeType::pack:
      return "pack";
    case EnvelopeType::pack_index:
      return "pack index";
    case EnvelopeType::segment:
      return "index segment";
    case EnvelopeType::device:
      return "description of a device";
  }
  return "object";
}

}  // namespace

void begin_envelope(EnvelopeType type, Bytes& out) {
  base::ByteWriter writer(out);
  writer.text(kMagic);
  writer.u8(static_cast<std::uint8_t>(type));
  writer.u8(kVersion);
  writer.u8(0);
  writer.u8(0);
}

void end_envelope(Bytes& out, std::size_t begin) {
  const std::uint64_t checksum = crc64(ByteView(out).subspan(begin));
  base::ByteWriter(out).u64(checksum);
}

Result<void> check_envelope_header(EnvelopeType type, ByteView bytes) {
  base::ByteReader reader(bytes);
  const bool ours =
      reader.text(kMagic.size()) == kMagic && reader.u8() == static_cast<std::uint8_t>(type);
  const std::uint8_t version = reader.u8();
  const std::uint8_t encryption = reader.u8();
  const std::uint8_t zero = reader.u8();
  if (reader.failed() || !ours || version == 0)
    return fail(ErrorCode::corrupt, "this is no {} of a remote", type_name(type));
  if (version > kVersion)
    return fail(ErrorCode::unsupported,
                "this {} has version {}, and this program reads up to {}; update it",
                type_name(type), version, kVersion);
  if (encryption != 0)
    return fail(ErrorCode::unsupported,
                "this {} is encrypted, which this program cannot read; update it", type_name(type));
  if (zero != 0)
    return fail(ErrorCode::corrupt, "the header of this {} is damaged", type_name(type));
  return {};
}

Result<ByteView> open_envelope(EnvelopeType type, ByteView bytes) {
  if (bytes.size() < kEnvelopeOverhead)
    return fail(ErrorCode::corrupt, "this {} is cut off", type_name(type));
  const std::size_t end = bytes.size() - 8;
  if (base::ByteReader(bytes.subspan(end)).u64() != crc64(bytes.first(end)))
    return fail(ErrorCode::corrupt, "the checksum of this {} is wrong", type_name(type));
  VCS_TRY(check_envelope_header(type, bytes));
  return bytes.subspan(kEnvelopeHeader, end - kEnvelopeHeader);
}

}  // namespace vcs::remote::layout
