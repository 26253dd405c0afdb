// SPDX-License-Identifier: Apache-2.0
// The name of an object: the SHA-256 of its plain bytes.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#include "core/base/bytes.hpp"
#include "core/base/names.hpp"
#include "core/base/result.hpp"

namespace vcs::object {

struct ObjectId {
  static constexpr std::size_t kSize = 32;
  std::array<std::uint8_t, kSize> bytes{};

  auto operator<=>(const ObjectId&) const = default;
  bool is_zero() const { return *this == ObjectId{}; }
  ByteView view() const { return bytes; }
  std::string hex() const { return base::to_hex(bytes); }
  // The first 12 hexadecimal digits, for people.
  std::string short_hex() const { return hex().substr(0, 12); }
  // The first eight bytes as a number. They are evenly spread: good as a hash or a filter key.
  std::uint64_t prefix64() const {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }

  static ObjectId from_bytes(ByteView bytes);  // exactly kSize bytes, asserted
  static Result<ObjectId> from_hex(std::string_view hex);
};

// How an object is used. The kind is not a part of the id. Each reference names a kind, so bytes
// that happen to look like another kind are harmless.
enum class ObjectKind : std::uint8_t { blob = 1, chunk_list = 2, tree_node = 3, commit = 4 };
constexpr auto names_of(ObjectKind) {
  using enum ObjectKind;
  return base::names<ObjectKind>(
      {{blob, "blob"}, {chunk_list, "chunk_list"}, {tree_node, "tree_node"}, {commit, "commit"}});
}

}  // namespace vcs::object

template <>
struct std::hash<vcs::object::ObjectId> {
  std::size_t operator()(const vcs::object::ObjectId& id) const noexcept { return id.prefix64(); }
};
