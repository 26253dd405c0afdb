// SPDX-License-Identifier: Apache-2.0
// Byte buffers, and little-endian readers and writers for every format of the house.
//
// A ByteReader never reads past its view: after a short input it has failed and yields zeros.
// So a decoder reads all fields and then checks `finished()` or `failed()` once.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vcs::base {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class ByteWriter {
 public:
  explicit ByteWriter(Bytes& out) : out_(out) {}

  void u8(std::uint8_t value) { out_.push_back(value); }
  void u16(std::uint16_t value) { fixed(value); }
  void u32(std::uint32_t value) { fixed(value); }
  void u64(std::uint64_t value) { fixed(value); }
  void i64(std::int64_t value) { fixed(static_cast<std::uint64_t>(value)); }
  void varint(std::uint64_t value);        // LEB128, at most 10 bytes
  void signed_varint(std::int64_t value);  // zigzag, then LEB128
  void bytes(ByteView view) { out_.insert(out_.end(), view.begin(), view.end()); }
  void text(std::string_view view) { bytes(as_bytes(view)); }
  void sized_bytes(ByteView view) { varint(view.size()), bytes(view); }
  void sized_text(std::string_view view) { sized_bytes(as_bytes(view)); }

 private:
  template <typename T>
  void fixed(T value) {
    for (unsigned shift = 0; shift < sizeof(T) * 8; shift += 8)
      out_.push_back(static_cast<std::uint8_t>(value >> shift));
  }
  Bytes& out_;
};

class ByteReader {
 public:
  explicit ByteReader(ByteView view) : view_(view) {}

  std::uint8_t u8() { return fixed<std::uint8_t>(); }
  std::uint16_t u16() { return fixed<std::uint16_t>(); }
  std::uint32_t u32() { return fixed<std::uint32_t>(); }
  std::uint64_t u64() { return fixed<std::uint64_t>(); }
  std::int64_t i64() { return static_cast<std::int64_t>(fixed<std::uint64_t>()); }
  std::uint64_t varint();  // fails on more than 64 bits or a padded encoding
  std::int64_t signed_varint();
  ByteView bytes(std::size_t count);
  std::string_view text(std::size_t count) { return as_text(bytes(count)); }
  ByteView sized_bytes() { return bytes(static_cast<std::size_t>(varint())); }
  std::string_view sized_text() { return as_text(sized_bytes()); }

  std::size_t remaining() const { return view_.size() - position_; }
  std::size_t position() const { return position_; }
  bool failed() const { return failed_; }
  // True if all of the input was read and nothing was missing.
  bool finished() const { return !failed_ && remaining() == 0; }
  void fail() { failed_ = true, position_ = view_.size(); }

 private:
  template <typename T>
  T fixed() {
    const ByteView view = bytes(sizeof(T));
    T value = 0;
    for (std::size_t i = 0; i < view.size(); ++i)
      value |= static_cast<T>(static_cast<T>(view[i]) << (8 * i));
    return value;
  }
  ByteView view_;
  std::size_t position_ = 0;
  bool failed_ = false;
};

// Lower-case hexadecimal.
std::string to_hex(ByteView bytes);
// False on an odd length or a character that is not hexadecimal.
bool from_hex(std::string_view hex, Bytes& out);

}  // namespace vcs::base

namespace vcs {

using base::Bytes;
using base::ByteView;

}  // namespace vcs
