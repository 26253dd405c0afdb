// SPDX-License-Identifier: Apache-2.0
// Encodes messages as JSON and decodes them.
//
// Encoding: one line without a newline; text that is not UTF-8 is repaired with U+FFFD, except
// paths, whose bytes are kept ("path_b64"). Decoding is a total function: wrong types, numbers out
// of range, deep nesting and oversized input become `invalid` with the name of the field; unknown
// fields are ignored and missing ones keep their default, so that both sides may grow.
//
// The templates only visit the fields of a message; JsonWriter and JsonNode write and read each
// field. So any message can be encoded, and no user of this header needs the JSON library.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/names.hpp"
#include "core/base/result.hpp"
#include "ipc/json_node.hpp"
#include "ipc/json_value.hpp"
#include "ipc/json_writer.hpp"

namespace vcs::ipc {

template <typename T>
std::string encode(const T& message);
// The same, appended to `out`.
template <typename T>
void encode_to(std::string& out, const T& message);

template <typename T>
Result<T> decode(std::string_view text);
template <typename T>
Result<T> decode(const JsonValue& value);
// Decodes the elements of an array: the items of a stream.
template <typename T>
Result<std::vector<T>> decode_all(const JsonValue& array);

// --- Implementation of the templates ---

// Writes a message: its fields() calls this object once for each field.
class Encoder {
 public:
  explicit Encoder(std::string& out) : json_(out) {}

  template <typename T>
  void operator()(std::string_view name, const T& member) {
    json_.key(name);
    value(member);
  }
  void path(std::string_view name, const std::string& bytes) { json_.path(name, bytes); }

  template <typename T>
  void value(const T& member) {
    if constexpr (base::Named<T>) {
      json_.value(base::name_of(member));
    } else if constexpr (requires { json_.value(member); }) {
      json_.value(member);
    } else {
      json_.open_object();
      member.fields(*this);
      json_.close_object();
    }
  }
  template <typename T>
  void value(const std::vector<T>& list) {
    json_.open_list();
    for (const T& element : list) {
      json_.next_element();
      value(element);
    }
    json_.close_list();
  }

 private:
  JsonWriter json_;
};

// Reads a message from a JSON object, in the same way.
class Decoder {
 public:
  explicit Decoder(const JsonNode& object) : object_(object) {}

  template <typename T>
  void operator()(std::string_view name, T& member) {
    if (const auto node = object_.field(name)) value(*node, member);
  }
  void path(std::string_view name, std::string& bytes) { object_.read_path(name, bytes); }

  template <typename T>
  static void value(const JsonNode& node, T& out) {
    if constexpr (base::Named<T>)
      read_named(node, out);
    else if constexpr (requires { node.read(out); })
      node.read(out);
    else if (node.is_object())
      out.fields(Decoder(node));
  }
  template <typename T>
  static void value(const JsonNode& node, std::vector<T>& out) {
    if (!node.is_list()) return;
    out.clear();
    out.reserve(node.size());
    for (std::size_t i = 0; i < node.size(); ++i)
      if (const auto element = node.element(i)) value(*element, out.emplace_back());
  }

 private:
  template <base::Named Enum>
  static void read_named(const JsonNode& node, Enum& out) {
    std::string name;
    node.read(name);
    const auto found = base::find_named<Enum>(name);
    found ? void(out = *found) : node.must_be(words_of<Enum>());
  }
  // "one of: 'synced', 'off'".
  template <base::Named Enum>
  static std::string words_of() {
    std::string words = "one of:";
    for (const auto& [value, text] : base::kNamesOf<Enum>)
      words += fmt::format("{} '{}'", words.back() == ':' ? "" : ",", text);
    return words;
  }

  const JsonNode& object_;
};

template <typename T>
void encode_to(std::string& out, const T& message) {
  Encoder(out).value(message);
}

template <typename T>
std::string encode(const T& message) {
  std::string out;
  encode_to(out, message);
  return out;
}

template <typename T>
Result<T> decode(const JsonValue& value) {
  T out;
  std::optional<Error> error;
  Decoder::value(JsonNode(value, error), out);
  if (error) return tl::unexpected(*std::move(error));
  return out;
}

template <typename T>
Result<T> decode(std::string_view text) {
  VCS_ASSIGN(const JsonValue value, JsonValue::parse(text));
  return decode<T>(value);
}

template <typename T>
Result<std::vector<T>> decode_all(const JsonValue& array) {
  return decode<std::vector<T>>(array);
}

}  // namespace vcs::ipc
