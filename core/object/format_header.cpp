// SPDX-License-Identifier: Apache-2.0
// Magic and version of structured objects.
#include "core/object/format_header.hpp"

#include <cassert>

namespace vcs::object {

void write_format_header(base::ByteWriter& writer, const FormatHeader& header) {
  assert(header.magic.size() == 3);
  writer.text(header.magic);
  writer.u8(header.version);
}

namespace {

Result<std::uint8_t> read_between(base::ByteReader& reader, const FormatHeader& header,
                                  std::uint8_t oldest) {
  const std::string_view magic = reader.text(header.magic.size());
  const std::uint8_t version = reader.u8();
  if (reader.failed() || magic != header.magic) {
    return fail(ErrorCode::corrupt, "these bytes are no {}", header.name);
  }
  if (version < oldest || version > header.version) {
    return fail(ErrorCode::corrupt, "a {} has version {}; this program reads version {}",
                header.name, version, header.version);
  }
  return version;
}

}  // namespace

Result<void> read_format_header(base::ByteReader& reader, const FormatHeader& header) {
  VCS_TRY(read_between(reader, header, header.version));
  return {};
}

Result<std::uint8_t> read_format_version(base::ByteReader& reader, const FormatHeader& header) {
  return read_between(reader, header, 1);
}

}  // namespace vcs::object
