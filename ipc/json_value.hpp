// SPDX-License-Identifier: Apache-2.0
// A JSON text that was parsed within bounds, for files that do not know the JSON library.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "core/base/result.hpp"

namespace vcs::ipc {

// Longer texts are not parsed. Requests are bounded more tightly by the line limit.
inline constexpr std::size_t kMaxMessageBytes = std::size_t{16} << 20;
inline constexpr int kMaxMessageDepth = 32;

// A part of a parsed text; keeps the whole text alive. Cheap to copy.
class JsonValue {
 public:
  // `invalid` if the text is no JSON or exceeds the bounds above.
  static Result<JsonValue> parse(std::string_view text);

 private:
  friend struct JsonAccess;  // json_access.hpp: for the files that know the library
  std::shared_ptr<const void> node_;
};

}  // namespace vcs::ipc
