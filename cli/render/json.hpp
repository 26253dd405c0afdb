// SPDX-License-Identifier: Apache-2.0
// The one writer of --json. Commands say which fields and elements there are; brackets, commas and
// escapes are written here, and below in ipc/json_writer.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>

#include "cli/output.hpp"
#include "core/base/result.hpp"
#include "ipc/json_codec.hpp"

namespace vcs::cli {

// Appends `value`: a message, text, a number, a truth, a list of these, an object or an array of
// below, or a pointer to any of them, of which none is null.
template <typename T>
void append_json(std::string& out, const T& value) {
  if constexpr (requires { value.append_to(out); })
    value.append_to(out);
  else if constexpr (std::convertible_to<const T&, std::string_view>)
    ipc::encode_text_to(out, value);
  else if constexpr (std::is_pointer_v<T>)
    value == nullptr ? void(out += "null") : append_json(out, *value);
  else
    ipc::encode_to(out, value);
}

// An array, one element a line, whose elements wait as text for what is written before them.
class JsonItems {
 public:
  // Where the closing bracket stands. Programs may read lines, so each array keeps its place.
  enum class End { on_own_line, behind_last };

  explicit JsonItems(End end = End::on_own_line) : end_(end) {}

  template <typename T>
  void add(const T& element) {
    text_ += text_.empty() ? "[\n" : ",\n";
    append_json(text_, element);
  }
  void append_to(std::string& out) const;

 private:
  End end_;
  std::string text_;  // without the end; "": no element came
};

// The same, written as the elements come: it holds one at a time. An array that an error cut short
// is left open, so that nobody takes it for a whole one.
class JsonArray {
 public:
  explicit JsonArray(Output& out) : out_(out) {}

  template <typename T>
  void add(const T& element) {
    std::string text = empty_ ? "[\n" : ",\n";
    append_json(text, element);
    out_.write(text);
    empty_ = false;
  }
  // And the line with it.
  void close() { out_.write(empty_ ? "[]\n" : "\n]\n"); }

 private:
  Output& out_;
  bool empty_ = true;
};

// An object, field by field, on one line but for the items in it.
class JsonObject {
 public:
  JsonObject() = default;
  // The fields of a message; others may follow.
  template <typename Message>
  static JsonObject of(const Message& message) {
    JsonObject object;
    message.fields(ipc::Encoder(object.text_));
    return object;
  }

  template <typename T>
  JsonObject& field(std::string_view name, const T& value) {
    ipc::JsonWriter(text_).key(name);
    append_json(text_, value);
    return *this;
  }
  void append_to(std::string& out) const { out.append(text_) += '}'; }
  // The same, as a line of its own: what has many items is not copied once more for it.
  void print(Output& out) const {
    out.write(text_);
    out.write("}\n");
  }

 private:
  std::string text_ = "{";  // without the end
};

// A line of its own.
template <typename T>
void print_json(Output& out, const T& value) {
  if constexpr (requires { value.print(out); }) return value.print(out);
  std::string line;
  append_json(line, value);
  out.write(line += '\n');
}

// {"error":{"code":…,"message":…}}
std::string error_json(const Error& error);

}  // namespace vcs::cli
