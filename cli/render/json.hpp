// SPDX-License-Identifier: Apache-2.0
// The one writer of --json. Commands name the fields and elements; this file, with ipc/json_writer
// below it, writes brackets, commas and escapes.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>

#include "cli/output.hpp"
#include "core/base/result.hpp"
#include "ipc/json_codec.hpp"

namespace vcs::cli {

// Appends `value`: a message, a text, a number, a bool, a list of these, a JsonObject or JsonItems,
// or a pointer to any of them; a null pointer becomes null.
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

// An array with one element on each line. It keeps its elements as text, because other fields are
// written before them.
class JsonItems {
 public:
  // The place of the closing bracket. It never changes for an array, because programs may read
  // lines.
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

// The same, but writes each element at once and holds only that one. After an error the array stays
// open, so that nobody takes it for a whole array.
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
  // Ends the array and its line.
  void close() { out_.write(empty_ ? "[]\n" : "\n]\n"); }

 private:
  Output& out_;
  bool empty_ = true;
};

// An object, field by field, on one line; only JsonItems in it take more lines.
class JsonObject {
 public:
  JsonObject() = default;
  // Begins with the fields of a message; other fields may follow.
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
  // Writes the object as a line of its own, without one more copy of a large text.
  void print(Output& out) const {
    out.write(text_);
    out.write("}\n");
  }

 private:
  std::string text_ = "{";  // without the end
};

// Writes `value` as a line of its own.
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
