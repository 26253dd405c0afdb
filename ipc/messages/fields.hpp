// SPDX-License-Identifier: Apache-2.0
// A message names its fields once, in VCS_FIELDS:
//
//   struct MountsRequest {
//     std::string repository;
//     std::string forget;
//     VCS_FIELDS(repository, VCS_PATH(forget))
//   };
//
// The encoder, the decoder, `--json` and the check of docs/protocol.md all use that list. It gives
// the message a function fields(visit), which calls in the order of the list
//   visit("repository", repository)   for a field; it keeps its default if a text lacks it
//   visit.path("forget", forget)      for the bytes of a path: "forget" when they are valid UTF-8,
//                                     else "forget_b64"
// A member in VCS_RENAMED is written under its older name, too, and read under both.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#define VCS_FIELDS(...)                                                             \
  static constexpr auto kFieldNames =                                               \
      ::vcs::ipc::split_names<::vcs::ipc::count_names(#__VA_ARGS__)>(#__VA_ARGS__); \
  template <typename V>                                                             \
  void fields(V&& visit) {                                                          \
    ::vcs::ipc::visit_fields(visit, kFieldNames __VA_OPT__(, ) __VA_ARGS__);        \
  }                                                                                 \
  template <typename V>                                                             \
  void fields(V&& visit) const {                                                    \
    ::vcs::ipc::visit_fields(visit, kFieldNames __VA_OPT__(, ) __VA_ARGS__);        \
  }

// Marks a member in VCS_FIELDS as the bytes of a path.
#define VCS_PATH(member) ::vcs::ipc::path_field(member)
// Marks a member that had another name, in kOlderNames, up to the last release.
#define VCS_RENAMED(member) ::vcs::ipc::renamed_field(member)

namespace vcs::ipc {

template <typename Bytes>
struct PathField {
  Bytes& bytes;
};
template <typename Bytes>
PathField<Bytes> path_field(Bytes& member) {
  return {member};
}

struct OlderName {
  std::string_view name, older;
};
inline constexpr std::array kOlderNames{OlderName{"alarm", "brake"}};

template <typename Member>
struct RenamedField {
  Member& member;
};
template <typename Member>
RenamedField<Member> renamed_field(Member& member) {
  return {member};
}

// --- The text between the brackets of VCS_FIELDS: "repository, VCS_PATH(forget)" ---

consteval std::size_t count_names(std::string_view list) {
  return list.empty() ? 0 : 1 + static_cast<std::size_t>(std::count(list.begin(), list.end(), ','));
}

// "VCS_PATH(forget)" gives "forget".
consteval std::string_view bare_name(std::string_view field) {
  const std::size_t bracket = field.find('(');
  if (bracket == std::string_view::npos) return field;
  return field.substr(bracket + 1, field.find(')') - bracket - 1);
}

template <std::size_t kCount>
consteval std::array<std::string_view, kCount> split_names(std::string_view list) {
  std::array<std::string_view, kCount> names;
  for (std::string_view& name : names) {
    const std::size_t comma = std::min(list.find(','), list.size());
    name = bare_name(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 2, list.size()));
  }
  return names;
}

// --- The visit ---

template <typename V, typename Member>
void visit_field(V& visit, std::string_view name, Member& member) {
  visit(name, member);
}
template <typename V, typename Bytes>
void visit_field(V& visit, std::string_view name, PathField<Bytes>& path) {
  visit.path(name, path.bytes);
}

template <typename V, typename Member>
void visit_field(V& visit, std::string_view name, RenamedField<Member>& field) {
  for (const OlderName& renamed : kOlderNames)
    if (renamed.name == name) visit(renamed.older, field.member);
  visit(name, field.member);
}

template <typename V, std::size_t kCount, typename... Members>
void visit_fields([[maybe_unused]] V& visit,
                  [[maybe_unused]] const std::array<std::string_view, kCount>& names,
                  Members&&... members) {
  static_assert(sizeof...(Members) == kCount);
  [[maybe_unused]] std::size_t next = 0;
  (visit_field(visit, names[next++], members), ...);
}

}  // namespace vcs::ipc
