// SPDX-License-Identifier: Apache-2.0
// Checks the types of values and reads them through the JSON library.
#include "ipc/json_node.hpp"

#include "ipc/base64.hpp"
#include "ipc/json_access.hpp"

namespace vcs::ipc {
namespace {

using nlohmann::json;

const json& json_of(const void* node) {
  return *static_cast<const json*>(node);
}

bool fits_time(const json& node) {
  if (!node.is_number_integer()) return false;
  return !node.is_number_unsigned() ||
         node.get<Count>() <= static_cast<Count>(base::count_of(Time::max()));
}

}  // namespace

JsonNode::JsonNode(const JsonValue& text, std::optional<Error>& error)
    : node_(&JsonAccess::node(text)), error_(error) {}

JsonNode::JsonNode(const void* node, const JsonNode& parent, std::string_view name,
                   std::size_t index)
    : node_(node), error_(parent.error_), parent_(&parent), name_(name), index_(index) {}

void JsonNode::read(std::string& out) const {
  const json& node = json_of(node_);
  if (!node.is_string()) return must_be("text");
  out = node.get_ref<const std::string&>();
}

void JsonNode::read(bool& out) const {
  const json& node = json_of(node_);
  if (!node.is_boolean()) return must_be("true or false");
  out = node.get<bool>();
}

void JsonNode::read(Count& out) const {
  const json& node = json_of(node_);
  if (!node.is_number_unsigned()) return must_be("a whole number from 0 on");
  out = node.get<Count>();
}

void JsonNode::read(Time& out) const {
  const json& node = json_of(node_);
  if (!fits_time(node)) return must_be("a whole number of 64 bits");
  out = base::unix_nanos(node.get<std::int64_t>());
}

void JsonNode::read(double& out) const {
  const json& node = json_of(node_);
  if (!node.is_number()) return must_be("a number");
  out = node.get<double>();
}

bool JsonNode::is_object() const {
  const bool object = json_of(node_).is_object();
  if (!object) must_be("an object");
  return object;
}

std::optional<JsonNode> JsonNode::field(std::string_view name) const {
  if (error_) return std::nullopt;
  const json& object = json_of(node_);
  const auto found = object.find(std::string(name));
  if (found == object.end()) return std::nullopt;
  return JsonNode(&*found, *this, name, 0);
}

void JsonNode::read_path(std::string_view name, std::string& bytes) const {
  const std::string encoded_name = std::string(name) + "_b64";
  const auto plain = field(name);
  const auto encoded = field(encoded_name);
  if (plain) plain->read(bytes);
  if (encoded && !error_) {
    std::string text;
    encoded->read(text);
    if (!error_ && plain) encoded->must_be("absent where the plain path is given");
    if (!error_ && !from_base64(text, bytes)) encoded->must_be("base64");
  }
  if (!error_ && bytes.find('\0') != std::string::npos)
    JsonNode(nullptr, *this, name, 0).must_be("a path; it contains a zero byte");
}

bool JsonNode::is_list() const {
  const bool list = json_of(node_).is_array();
  if (!list) must_be("a list");
  return list;
}

std::size_t JsonNode::size() const {
  return json_of(node_).size();
}

std::optional<JsonNode> JsonNode::element(std::size_t index) const {
  if (error_) return std::nullopt;
  return JsonNode(&json_of(node_)[index], *this, {}, index);
}

void JsonNode::must_be(std::string_view expected) const {
  if (error_) return;
  const std::string field = place();
  const std::string subject = field.empty() ? "the message" : "field '" + field + "'";
  error_ = {ErrorCode::invalid, fmt::format("{} must be {}", subject, expected), 0};
}

std::string JsonNode::place() const {
  if (parent_ == nullptr) return {};
  std::string text = parent_->place();
  if (name_.empty()) return text += fmt::format("[{}]", index_);
  if (!text.empty()) text += '.';
  return text += name_;
}

}  // namespace vcs::ipc
