// SPDX-License-Identifier: Apache-2.0
// JSON-RPC 2.0 lines: requests, responses, errors, notifications.
#include "ipc/envelope.hpp"

#include "ipc/json_access.hpp"

namespace vcs::ipc {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxIdText = 128;

const json* member(const json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

// The id as JSON text; "" unless it is a whole number or a short text.
std::string id_text(const json& node) {
  if (node.is_number_unsigned()) return fmt::to_string(node.get<std::uint64_t>());
  if (node.is_number_integer()) return fmt::to_string(node.get<std::int64_t>());
  if (!node.is_string()) return {};
  const auto& text = node.get_ref<const std::string&>();
  std::string encoded;
  if (text.size() <= kMaxIdText) encode_text_to(encoded, text);
  return encoded;
}

bool is_version_2(const json& object) {
  const json* version = member(object, "jsonrpc");
  return version != nullptr && version->is_string() &&
         version->get_ref<const std::string&>() == "2.0";
}

std::string opening(std::string_view id) {
  std::string line = R"({"jsonrpc":"2.0","id":)";
  line += id;
  return line;
}

std::string notification(std::string_view method, std::string_view id) {
  std::string line = R"({"jsonrpc":"2.0","method":")";
  line += method;
  line += R"(","params":{"id":)";
  line += id;
  return line;
}

void close_message(std::string& line, std::size_t raw_bytes) {
  if (raw_bytes > 0) {
    line += R"(,"raw_bytes":)";
    line += fmt::to_string(raw_bytes);
  }
  line += "}\n";
}

ErrorCode code_named(std::string_view name) {
  return base::find_named<ErrorCode>(name).value_or(ErrorCode::invalid);
}

Error error_of(const json& node) {
  Error error{ErrorCode::invalid, "the agent reports an error without a message", 0};
  if (!node.is_object()) return error;
  if (const json* message = member(node, "message"); message != nullptr && message->is_string())
    error.message = message->get<std::string>();
  const json* data = member(node, "data");
  const json* code = data != nullptr && data->is_object() ? member(*data, "code") : nullptr;
  if (code != nullptr && code->is_string()) error.code = code_named(code->get<std::string>());
  return error;
}

Result<std::size_t> announced_bytes(const json& object) {
  const json* count = member(object, "raw_bytes");
  if (count == nullptr) return 0;
  if (!count->is_number_unsigned() || count->get<Count>() > kMaxRawBytes)
    return fail(ErrorCode::invalid, "'raw_bytes' must be a whole number up to {}", kMaxRawBytes);
  return static_cast<std::size_t>(count->get<Count>());
}

Result<IncomingAnswer> parse_notification(const JsonValue& document, const json& object) {
  IncomingAnswer answer;
  const json* method = member(object, "method");
  const json* params = member(object, "params");
  if (!method->is_string() || params == nullptr || !params->is_object()) return answer;
  if (const json* id = member(*params, "id")) answer.id = id_text(*id);
  const auto& name = method->get_ref<const std::string&>();
  const bool is_items = name == "items";
  if (!is_items && name != "progress") return answer;
  const json* value = member(*params, name.c_str());
  if (value == nullptr)
    return fail(ErrorCode::invalid, "the notification '{}' carries no {}", name, name);
  answer.kind = is_items ? IncomingAnswer::Kind::items : IncomingAnswer::Kind::progress;
  answer.value = JsonAccess::part(document, *value);
  return answer;
}

tl::unexpected<BadCall> bad_call(std::string id, RpcNumber number, std::string message) {
  return tl::unexpected(BadCall{std::move(id), number, std::move(message)});
}

}  // namespace

std::string request_line(std::string_view id, std::string_view method, std::string_view params) {
  std::string line = opening(id);
  line += R"(,"method":)";
  encode_text_to(line, method);
  line += R"(,"params":)";
  line += params;
  return line += "}\n";
}

std::string cancel_line(std::string_view id) {
  return notification("cancel", id) + "}}\n";
}

tl::expected<IncomingCall, BadCall> parse_call(std::string_view line) {
  auto parsed = JsonValue::parse(line);
  if (!parsed) return bad_call("null", RpcNumber::parse_error, std::move(parsed).error().message);
  const json& object = JsonAccess::node(*parsed);
  const auto invalid = [](std::string id, const char* message) {
    return bad_call(std::move(id), RpcNumber::invalid_request, message);
  };
  if (object.is_array()) return invalid("null", "batches are not supported; send single requests");
  if (!object.is_object()) return invalid("null", "a request must be an object");
  IncomingCall call;
  if (const json* id = member(object, "id")) {
    call.id = id_text(*id);
    if (call.id.empty())
      return invalid("null", "'id' must be a whole number or a text of at most 128 bytes");
  }
  const std::string answer_to = call.id.empty() ? "null" : call.id;
  if (!is_version_2(object)) return invalid(answer_to, "\"jsonrpc\" must be \"2.0\"");
  const json* method = member(object, "method");
  if (method == nullptr || !method->is_string()) return invalid(answer_to, "'method' must be text");
  call.method = method->get<std::string>();
  const json* params = member(object, "params");
  if (params != nullptr && !params->is_object())
    return bad_call(answer_to, RpcNumber::invalid_params, "'params' must be an object");
  call.params =
      params != nullptr ? JsonAccess::part(*parsed, *params) : JsonAccess::root(json::object());
  return call;
}

std::string cancelled_id(const JsonValue& params) {
  const json* id = member(JsonAccess::node(params), "id");
  return id == nullptr ? std::string() : id_text(*id);
}

std::string result_line(std::string_view id, std::string_view result, std::size_t raw_bytes) {
  std::string line = opening(id);
  line.reserve(line.size() + result.size() + 48 + raw_bytes);
  line += R"(,"result":)";
  line += result;
  close_message(line, raw_bytes);
  return line;
}

std::string error_line(std::string_view id, RpcNumber number, const Error& error) {
  std::string line = opening(id);
  line += R"(,"error":{"code":)";
  line += fmt::to_string(static_cast<int>(number));
  line += R"(,"message":)";
  encode_text_to(line, error.message);
  line += R"(,"data":{"code":")";
  line += base::name_of(error.code);
  return line += "\"}}}\n";
}

std::string progress_line(std::string_view id, const Progress& progress) {
  std::string line = notification("progress", id);
  line += R"(,"progress":)";
  encode_to(line, progress);
  return line += "}}\n";
}

std::string begin_items(std::string_view id) {
  return notification("items", id) + R"(,"items":[)";
}

void end_items(std::string& line, std::size_t raw_bytes) {
  line += "]}";
  close_message(line, raw_bytes);
}

Result<IncomingAnswer> parse_answer(std::string_view line) {
  VCS_ASSIGN(const JsonValue document, JsonValue::parse(line));
  const json& object = JsonAccess::node(document);
  if (!object.is_object() || !is_version_2(object))
    return fail(ErrorCode::invalid, "the line is no JSON-RPC 2.0 message");
  VCS_ASSIGN(const std::size_t raw_bytes, announced_bytes(object));
  if (object.contains("method")) {
    VCS_ASSIGN(IncomingAnswer answer, parse_notification(document, object));
    answer.raw_bytes = raw_bytes;
    return answer;
  }
  IncomingAnswer answer;
  answer.raw_bytes = raw_bytes;
  if (const json* id = member(object, "id")) answer.id = id_text(*id);
  if (const json* result = member(object, "result")) {
    answer.kind = IncomingAnswer::Kind::result;
    answer.value = JsonAccess::part(document, *result);
  } else if (const json* error = member(object, "error")) {
    answer.kind = IncomingAnswer::Kind::error;
    answer.error = error_of(*error);
  } else {
    return fail(ErrorCode::invalid, "the answer has neither a result nor an error");
  }
  return answer;
}

}  // namespace vcs::ipc
