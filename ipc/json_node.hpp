// SPDX-License-Identifier: Apache-2.0
// One value of a parsed text, and where it stands in it: what a decoder looks at.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "ipc/json_value.hpp"
#include "ipc/messages/common.hpp"

namespace vcs::ipc {

// A value that is not what is asked for becomes the error, with its place in the text:
// "field 'repositories[3].files' must be a list". The first error stands, and after it nothing is
// found any more. A node must not outlive the one that it was found in.
class JsonNode {
 public:
  // The whole text. `text` and `error` must outlive this.
  JsonNode(const JsonValue& text, std::optional<Error>& error);

  void read(std::string& out) const;
  void read(bool& out) const;
  void read(Count& out) const;
  void read(Time& out) const;
  void read(double& out) const;

  // An error, unless there is one already: "field 'state' must be <expected>".
  void must_be(std::string_view expected) const;

  // --- Objects ---
  bool is_object() const;
  // None if it is missing.
  std::optional<JsonNode> field(std::string_view name) const;
  // Under `name`, or in base64 under another one; see json_writer.hpp.
  void read_path(std::string_view name, std::string& bytes) const;

  // --- Lists ---
  bool is_list() const;
  std::size_t size() const;
  // None after an error.
  std::optional<JsonNode> element(std::size_t index) const;

 private:
  JsonNode(const void* node, const JsonNode& parent, std::string_view name, std::size_t index);
  std::string place() const;

  const void* node_;  // of the JSON library; null: only a place
  std::optional<Error>& error_;
  const JsonNode* parent_ = nullptr;
  std::string_view name_;  // in an object; "": an element of a list
  std::size_t index_ = 0;
};

}  // namespace vcs::ipc
