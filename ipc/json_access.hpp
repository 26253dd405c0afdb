// SPDX-License-Identifier: Apache-2.0
// Gives access to the library's node in a JsonValue. Only the files of this room that know the JSON
// library include it.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>

#include "ipc/json_value.hpp"

namespace vcs::ipc {

struct JsonAccess {
  static const nlohmann::json& node(const JsonValue& value) {
    static const nlohmann::json null;
    return value.node_ ? *static_cast<const nlohmann::json*>(value.node_.get()) : null;
  }
  static JsonValue root(nlohmann::json&& document) {
    JsonValue value;
    value.node_ = std::make_shared<const nlohmann::json>(std::move(document));
    return value;
  }
  // `node` must be part of the text of `owner`, which the new value keeps alive.
  static JsonValue part(const JsonValue& owner, const nlohmann::json& node) {
    JsonValue value;
    value.node_ = std::shared_ptr<const void>(owner.node_, &node);
    return value;
  }
};

}  // namespace vcs::ipc
