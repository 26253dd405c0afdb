// SPDX-License-Identifier: Apache-2.0
// One value of a parsed text and its place in the text, for a decoder to read.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "ipc/json_value.hpp"
#include "ipc/messages/common.hpp"

namespace vcs::ipc {

// A value of a wrong type sets the error, with its place in the text:
// "field 'repositories[3].files' must be a list". The first error stays; after it field() and
// element() find nothing. A node must not outlive the node in which it was found.
class JsonNode {
 public:
  // The whole text. `text` and `error` must outlive this.
  JsonNode(const JsonValue& text, std::optional<Error>& error);

  void read(std::string& out) const;
  void read(bool& out) const;
  void read(Count& out) const;
  void read(Time& out) const;
  void read(double& out) const;

  // Sets the error "field 'state' must be <expected>", unless one is set already.
  void must_be(std::string_view expected) const;

  // --- Objects ---
  bool is_object() const;
  // None if the field is missing, or after an error.
  std::optional<JsonNode> field(std::string_view name) const;
  // Reads the field `name`, or `name` + "_b64" in base64; JsonWriter::path() writes it.
  void read_path(std::string_view name, std::string& bytes) const;

  // --- Lists ---
  bool is_list() const;
  std::size_t size() const;
  // None after an error.
  std::optional<JsonNode> element(std::size_t index) const;

 private:
  JsonNode(const void* node, const JsonNode& parent, std::string_view name, std::size_t index);
  std::string place() const;

  const void* node_;  // the library's node; null: only a place, for a message
  std::optional<Error>& error_;
  const JsonNode* parent_ = nullptr;
  std::string_view name_;  // of a field; "": an element of a list
  std::size_t index_ = 0;
};

}  // namespace vcs::ipc
