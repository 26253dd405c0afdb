// SPDX-License-Identifier: Apache-2.0
// JSON-RPC 2.0 around the messages: builds lines and parses received lines. Both sides use it;
// docs/protocol.md describes it.
//
// The id of a request is kept as its JSON text ("7", "\"a\""), because it is only compared and sent
// back. Lines are built with their newline.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "ipc/json_codec.hpp"

namespace vcs::ipc {

// The message of the `unavailable` error that an agent answers while it stops.
inline constexpr const char* kIsStopping = "the agent is stopping";

inline constexpr int kProtocolVersion = 1;

// JSON-RPC's own error numbers. An error of the service has -32000, and data.code holds its name.
enum class RpcNumber : int {
  parse_error = -32700,
  invalid_request = -32600,
  method_not_found = -32601,
  invalid_params = -32602,
  service_error = -32000,
};

// --- What a client sends ---
std::string request_line(std::string_view id, std::string_view method, std::string_view params);
std::string cancel_line(std::string_view id);

struct IncomingCall {
  std::string id;  // "": a notification, which gets no answer
  std::string method;
  JsonValue params;  // an empty object when missing
};
struct BadCall {
  std::string id;  // "null" if it could not be read
  RpcNumber number = RpcNumber::invalid_request;
  std::string message;
};
tl::expected<IncomingCall, BadCall> parse_call(std::string_view line);
// The id inside the params of "cancel", as JSON text; "" if there is none.
std::string cancelled_id(const JsonValue& params);

// --- What the agent sends ---
// `raw_bytes`: how many raw bytes follow the line.
std::string result_line(std::string_view id, std::string_view result, std::size_t raw_bytes = 0);
std::string error_line(std::string_view id, RpcNumber number, const Error& error);
std::string progress_line(std::string_view id, const Progress& progress);
// Between the two calls the caller appends the encoded items, with commas between them.
std::string begin_items(std::string_view id);
void end_items(std::string& line, std::size_t raw_bytes = 0);

struct IncomingAnswer {
  enum class Kind { result, error, items, progress, other } kind = Kind::other;
  std::string id;             // of the request; "" or "null" if the agent did not know it
  JsonValue value;            // the result, the list of items, or the progress
  Error error;                // of Kind::error
  std::size_t raw_bytes = 0;  // how many follow the line; at most kMaxRawBytes
};
// `invalid` if the line is no message of this protocol. Unknown notifications are Kind::other.
Result<IncomingAnswer> parse_answer(std::string_view line);

}  // namespace vcs::ipc
