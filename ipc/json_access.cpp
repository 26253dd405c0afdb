// SPDX-License-Identifier: Apache-2.0
// Parses JSON within bounds.
#include "ipc/json_access.hpp"

namespace vcs::ipc {
namespace {

using nlohmann::json;

// Counts brackets outside of strings. The library parses without recursion but keeps a stack, and
// code that walks the parsed value recurses.
bool too_deep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxMessageDepth) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

}  // namespace

Result<JsonValue> JsonValue::parse(std::string_view text) {
  if (text.size() > kMaxMessageBytes)
    return fail(ErrorCode::invalid, "a message of {} bytes is too long (the limit is {})",
                text.size(), kMaxMessageBytes);
  if (too_deep(text))
    return fail(ErrorCode::invalid, "the message is nested more than {} levels deep",
                kMaxMessageDepth);
  json document = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (document.is_discarded())
    return fail(ErrorCode::invalid, "the message is not JSON (RFC 8259, UTF-8)");
  return JsonAccess::root(std::move(document));
}

}  // namespace vcs::ipc
