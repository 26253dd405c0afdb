// SPDX-License-Identifier: Apache-2.0
// The names of an enum's values: one table for writing, reading and showing them.
//
//   enum class RemoteState { synced, pending };
//   constexpr auto names_of(RemoteState) {
//     using enum RemoteState;
//     return base::names<RemoteState>({{synced, "synced"}, {pending, "pending"}});
//   }
//
// Text becomes a value where it comes in, and a value becomes text where it goes out. In between,
// no code compares strings. If two values share a name, reading gives the first one.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>

namespace vcs::base {

template <typename Enum>
struct Name {
  Enum value;
  std::string_view text;
};

template <typename Enum, std::size_t kCount>
constexpr std::array<Name<Enum>, kCount> names(const Name<Enum> (&table)[kCount]) {
  return std::to_array(table);
}

// An enum that has a names_of() table.
template <typename Enum>
concept Named = std::is_enum_v<Enum> && requires(Enum value) {
  names_of(value);
};

template <Named Enum>
inline constexpr auto kNamesOf = names_of(Enum{});

// The name of a value; "" if no enumerator has this number.
template <Named Enum>
constexpr std::string_view name_of(Enum value) {
  for (const auto& [each, text] : kNamesOf<Enum>)
    if (each == value) return text;
  return {};
}

// Nothing: no value has this name.
template <Named Enum>
constexpr std::optional<Enum> find_named(std::string_view name) {
  for (const auto& [each, text] : kNamesOf<Enum>)
    if (text == name) return each;
  return std::nullopt;
}

}  // namespace vcs::base
