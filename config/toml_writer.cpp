// SPDX-License-Identifier: Apache-2.0
// TOML's quoting rules (toml.io, v1.0.0: "String" and "Keys").
#include "config/toml_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace vcs::config {

namespace {

// The length of a UTF-8 sequence with this first byte; 0: it cannot be a first byte.
std::size_t sequence_length(std::uint8_t first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return 2;
  if (first >= 0xe0 && first <= 0xef) return 3;
  if (first >= 0xf0 && first <= 0xf4) return 4;
  return 0;
}

// The second byte decides about overlong forms, surrogates and values above U+10FFFF.
bool second_byte_fits(std::uint8_t first, std::uint8_t second) {
  if (first == 0xe0) return second >= 0xa0;
  if (first == 0xed) return second <= 0x9f;
  if (first == 0xf0) return second >= 0x90;
  if (first == 0xf4) return second <= 0x8f;
  return true;
}

std::string escape(char c) {
  switch (c) {
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case '\n':
      return "\\n";
    case '\t':
      return "\\t";
    case '\r':
      return "\\r";
    default:
      break;
  }
  const auto byte = static_cast<std::uint8_t>(c);
  if (byte < 0x20 || byte == 0x7f) return fmt::format("\\u{:04X}", byte);
  return {c};
}

bool is_bare(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto first = static_cast<std::uint8_t>(text[0]);
    const std::size_t length = sequence_length(first);
    if (length == 0 || length > text.size()) return false;
    for (std::size_t i = 1; i < length; ++i) {
      if ((static_cast<std::uint8_t>(text[i]) & 0xc0) != 0x80) return false;
    }
    if (length > 1 && !second_byte_fits(first, static_cast<std::uint8_t>(text[1]))) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string toml_quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) out += escape(c);
  return out + '"';
}

std::string toml_key(std::string_view key) {
  const bool bare = !key.empty() && std::all_of(key.begin(), key.end(), is_bare);
  return bare ? std::string(key) : toml_quote(key);
}

}  // namespace vcs::config
