// SPDX-License-Identifier: Apache-2.0
// The first four bytes of every structured object: three of magic and the version.
#pragma once

#include <string_view>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"

namespace vcs::object {

struct FormatHeader {
  std::string_view magic;  // three bytes
  std::uint8_t version;
  const char* name;  // for messages: "tree node"
};

void write_format_header(base::ByteWriter& writer, const FormatHeader& header);
// `corrupt` if the magic or the version differs.
Result<void> read_format_header(base::ByteReader& reader, const FormatHeader& header);
// Returns the version, from 1 to `header.version`. `corrupt` if the magic differs or the version is
// another.
Result<std::uint8_t> read_format_version(base::ByteReader& reader, const FormatHeader& header);

}  // namespace vcs::object
