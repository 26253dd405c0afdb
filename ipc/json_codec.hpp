// SPDX-License-Identifier: Apache-2.0
// Messages to and from JSON.
//
// Encoding: one line without a newline; text that is not UTF-8 is repaired with U+FFFD, except
// paths, whose bytes are kept ("path_b64"). Decoding is a total function: wrong types, numbers out
// of range, deep nesting and oversized input become `invalid` with the name of the field; unknown
// fields are ignored and missing ones keep their default, so that both sides may grow.
//
// The templates are instantiated for every struct of messages.hpp in json_codec.cpp. No user of
// this header needs the JSON library.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "ipc/json_value.hpp"
#include "ipc/messages.hpp"

namespace vcs::ipc {

template <typename T>
std::string encode(const T& message);
// The same, appended to `out`.
template <typename T>
void encode_to(std::string& out, const T& message);

template <typename T>
base::Result<T> decode(std::string_view text);
template <typename T>
base::Result<T> decode(const JsonValue& value);
// The elements of an array: the items of a stream.
template <typename T>
base::Result<std::vector<T>> decode_all(const JsonValue& array);

// `text` as a JSON string, with its quotes.
void encode_text_to(std::string& out, std::string_view text);

// --- What the messages look like, for the check of docs/protocol.md ---
struct FieldDescription {
  std::string name;
  std::string type;  // text, path, unsigned, integer, number, boolean, a message, "list of …"
};
struct MessageDescription {
  std::string name;  // of the struct
  std::vector<FieldDescription> fields;
};
template <typename T>
MessageDescription describe();
template <typename T>
std::vector<std::string> field_names() {
  std::vector<std::string> names;
  for (auto& field : describe<T>().fields) names.push_back(std::move(field.name));
  return names;
}
std::vector<MessageDescription> describe_messages();

}  // namespace vcs::ipc
