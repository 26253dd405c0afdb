// SPDX-License-Identifier: Apache-2.0
// Writes a message as JSON, value by value, in one line without a newline.
#pragma once

#include <string>
#include <string_view>

#include "ipc/messages/common.hpp"

namespace vcs::ipc {

// Appends `text` as a JSON string, with its quotes. U+FFFD replaces each byte that is not UTF-8.
void encode_text_to(std::string& out, std::string_view text);

// Appends to `out` and writes the commas. The caller opens and closes in pairs.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  void open_object() { out_ += '{'; }
  void close_object() { out_ += '}'; }
  void open_list() { out_ += '['; }
  void close_list() { out_ += ']'; }
  // Call before each element of a list.
  void next_element();
  // Call before each value of an object.
  void key(std::string_view name, std::string_view suffix = {});

  void value(std::string_view text) { encode_text_to(out_, text); }
  void value(bool truth) { out_ += truth ? "true" : "false"; }
  void value(Count number);
  void value(Time time);
  void value(double number);
  // Writes key and value: the bytes as text under `name` if they are UTF-8, else in base64 under
  // `name` + "_b64".
  void path(std::string_view name, const std::string& bytes);

 private:
  std::string& out_;
};

}  // namespace vcs::ipc
