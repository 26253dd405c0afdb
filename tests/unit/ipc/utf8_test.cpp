// SPDX-License-Identifier: Apache-2.0
// Tests of ipc/utf8.
#include "ipc/utf8.hpp"

#include <catch2/catch.hpp>
#include <string>

using vcs::ipc::is_utf8;
using vcs::ipc::utf8_sequence;

TEST_CASE("utf8: every code point's encoding is valid, and surrogates are not") {
  for (unsigned code = 0; code <= 0x10ffff; ++code) {
    std::string text;
    const auto put = [&](unsigned byte) { text += static_cast<char>(byte); };
    if (code < 0x80) {
      put(code);
    } else if (code < 0x800) {
      put(0xc0 | code >> 6), put(0x80 | (code & 63));
    } else if (code < 0x10000) {
      put(0xe0 | code >> 12), put(0x80 | (code >> 6 & 63)), put(0x80 | (code & 63));
    } else {
      put(0xf0 | code >> 18), put(0x80 | (code >> 12 & 63)), put(0x80 | (code >> 6 & 63)),
          put(0x80 | (code & 63));
    }
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    if (utf8_sequence(text) != (surrogate ? 0 : text.size())) FAIL("code point " << code);
  }
}

TEST_CASE("utf8: torn, overlong and too large sequences are refused") {
  for (const char* text :
       {"\x80", "\xc3", "\xc0\x80", "\xc1\xbf", "\xe2\x82", "\xe0\x80\x80", "\xf0\x80\x80\x80",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "a\xfe"})
    CHECK_FALSE(is_utf8(text));
  CHECK(is_utf8(""));
  CHECK(is_utf8("plain, \xc3\xa9, \xe2\x82\xac, \xf0\x9f\x98\x80"));
  CHECK(is_utf8(std::string_view("\0", 1)));
}
