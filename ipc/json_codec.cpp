// SPDX-License-Identifier: Apache-2.0
// One visitor that writes and one that reads, for all messages.
#include "ipc/json_codec.hpp"

#include <fmt/compile.h>

#include <cmath>
#include <iterator>
#include <limits>
#include <optional>
#include <type_traits>

#include "ipc/base64.hpp"
#include "ipc/json_access.hpp"
#include "ipc/utf8.hpp"

// Every struct of messages.hpp.
// clang-format off
#define VCS_IPC_MESSAGES(X)                                                                      \
  X(HelloRequest)                                                                                \
  X(HelloResponse)                                                                               \
  X(StatusRequest)                                                                               \
  X(StatusResponse) X(AgentStatus) X(RepositoryStatus) X(WatchStatus) X(AuditStatus)             \
      X(StoreStatus) X(RemoteStatus) X(ProblemPath) X(Progress) X(InitRequest) X(RepositoryInfo) \
          X(RepoListRequest) X(RepoListResponse) X(RepoRemoveRequest) X(ChangeCounts)            \
              X(CommitInfo) X(CommitRequest) X(CommitResponse) X(LogRequest) X(EntryInfo)        \
                  X(LsRequest) X(ChangeInfo) X(DiffRequest) X(DiffResponse) X(ShowRequest)       \
                      X(StreamEnd) X(ContentRequest) X(ContentResponse) X(ContentsRequest)       \
                          X(ContentPiece) X(RestoreRequest)                                      \
                          X(RestoreItem) X(RestoreResponse) X(VerifyRequest) X(VerifyResponse)   \
                          X(HurtInfo) X(RepairRequest) X(RepairResponse)                         \
                              X(BrakeStatus) X(BrakeRequest) X(BrakeResponse)                    \
                              X(OwedStatus) X(OwedRequest) X(OwedResponse) X(LostInfo) X(SalvageReport) \
                              X(RestoreFromRequest) X(RestoreFromResponse)                       \
                              X(CompactRequest) X(CompactResponse) X(CompactedStatus) X(PipelineStatus) \
                              X(RemoteAddRequest) X(RemoteRemoveRequest) X(RemoteListRequest)    \
                                  X(RemoteListResponse) X(SyncRequest) X(SyncResponse)           \
                                  X(CloneRequest) X(UnsyncedRemote) X(UnwatchedTime)             \
                                  X(HeadInfo) X(RemoteSetRequest) X(RemoteHeadsRequest) X(RemoteHeadsResponse)       \
                                  X(RemoveHeadRequest) X(RemoveHeadResponse)                     \
                                      X(CloneResponse) X(EventsRequest) X(EventInfo)             \
                                          X(DoctorRequest) X(DoctorCheck) X(DoctorResponse)      \
                                              X(StopRequest) X(ReloadRequest) X(Empty)         \
                                              X(ChangedPath) X(ResolveRequest) X(ResolveResponse) \
                                              X(MountInfo) X(MountsRequest) X(MountsResponse)       \
                                              X(HistoryInfo) X(HistoriesRequest) X(HistoriesResponse) \
                                              X(RepoMoveRequest) X(RepoMoveResponse) \
                                              X(RepoRestoreRequest) X(RepoRenameRequest)

// Those of them that come as the items of a stream.
#define VCS_IPC_ITEMS(X)                                                                         \
  X(ChangeInfo) X(CommitInfo) X(ContentPiece) X(Empty) X(EntryInfo) X(EventInfo) X(HurtInfo)     \
      X(RestoreItem)
// clang-format on

namespace vcs::ipc {
namespace {

using base::ErrorCode;
using base::Result;
using nlohmann::json;

template <typename T>
struct ListElement;
template <typename T>
struct ListElement<std::vector<T>> {
  using type = T;
};
template <typename T>
concept List = requires {
  typename ListElement<T>::type;
};

template <typename T>
constexpr const char* message_name() {
  return nullptr;
}
#define X(Message)                                \
  template <>                                     \
  constexpr const char* message_name<Message>() { \
    return #Message;                              \
  }
VCS_IPC_MESSAGES(X)
#undef X

// fields() hands out references that may be written through; the encoder does not.
template <typename T, typename Visitor>
void visit_fields(const T& message, Visitor& visitor) {
  const_cast<T&>(message).fields(visitor);
}

// --- Encoding ---

void append_escaped(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\r':
      out += "\\r";
      return;
    default:
      fmt::format_to(std::back_inserter(out), FMT_COMPILE("\\u{:04x}"), c);
  }
}

class Encoder {
 public:
  explicit Encoder(std::string& out) : out_(out) {}

  template <typename T>
  void operator()(const char* name, T& member) {
    key(name);
    value(member);
  }
  void path(const char* name, const std::string& bytes) {
    if (is_utf8(bytes)) {
      key(name);
      value(bytes);
      return;
    }
    key(name, "_b64");
    out_ += '"';
    to_base64(out_, bytes);
    out_ += '"';
  }

  template <typename T>
  void value(const T& member) {
    if constexpr (std::is_same_v<T, std::string>) {
      encode_text_to(out_, member);
    } else if constexpr (std::is_same_v<T, bool>) {
      out_ += member ? "true" : "false";
    } else if constexpr (std::is_integral_v<T>) {
      out_ += fmt::format_int(member).c_str();
    } else if constexpr (std::is_same_v<T, double>) {
      // JSON has no word for infinity; nothing that is measured here reaches it. Adding zero makes
      // a negative zero an ordinary one.
      const double finite = std::isfinite(member) ? member + 0.0 : 0.0;
      fmt::format_to(std::back_inserter(out_), FMT_COMPILE("{}"), finite);
    } else if constexpr (List<T>) {
      out_ += '[';
      for (const auto& element : member) {
        if (out_.back() != '[') out_ += ',';
        value(element);
      }
      out_ += ']';
    } else {
      out_ += '{';
      visit_fields(member, *this);
      out_ += '}';
    }
  }

 private:
  // A value never ends in '{', so that tells the first field of an object.
  void key(const char* name, const char* suffix = "") {
    if (out_.back() != '{') out_ += ',';
    out_ += '"';
    out_ += name;
    out_ += suffix;
    out_ += "\":";
  }
  std::string& out_;
};

// --- Decoding ---

// Where a value stands: "repositories[3].files". Built only when something is wrong with it.
struct Place {
  const Place* parent = nullptr;
  std::string_view name;
  std::size_t index = 0;
  bool is_element = false;

  std::string text() const {
    if (parent == nullptr) return {};
    std::string text = parent->text();
    if (is_element) return text += fmt::format("[{}]", index);
    if (!text.empty()) text += '.';
    return text += name;
  }
};

base::Error wrong(const Place& place, std::string_view expected) {
  const std::string field = place.text();
  const std::string subject = field.empty() ? "the message" : "field '" + field + "'";
  return {ErrorCode::invalid, fmt::format("{} must be {}", subject, expected), 0};
}

// Reads one object; the first error wins, and what follows it is skipped.
class Decoder {
 public:
  Decoder(const json& object, const Place& place, std::optional<base::Error>& error)
      : object_(object), place_(place), error_(error) {}

  template <typename T>
  void operator()(const char* name, T& member) {
    if (const json* node = find(name)) value(*node, {&place_, name, 0, false}, member, error_);
  }

  void path(const char* name, std::string& bytes) {
    const std::string encoded_name = std::string(name) + "_b64";
    const json* plain = find(name);
    const json* encoded = find(encoded_name);
    const Place place{&place_, name, 0, false};
    const Place encoded_place{&place_, encoded_name, 0, false};
    if (plain != nullptr) value(*plain, place, bytes, error_);
    if (encoded != nullptr && !error_) {
      std::string text;
      value(*encoded, encoded_place, text, error_);
      if (!error_ && plain != nullptr)
        error_ = wrong(encoded_place, "absent where the plain path is given");
      if (!error_ && !from_base64(text, bytes)) error_ = wrong(encoded_place, "base64");
    }
    if (!error_ && bytes.find('\0') != std::string::npos)
      error_ = wrong(place, "a path; it contains a zero byte");
  }

  template <typename T>
  static void value(const json& node, const Place& place, T& out,
                    std::optional<base::Error>& error) {
    if constexpr (std::is_same_v<T, std::string>) {
      if (!node.is_string()) return void(error = wrong(place, "text"));
      out = node.get_ref<const std::string&>();
    } else if constexpr (std::is_same_v<T, bool>) {
      if (!node.is_boolean()) return void(error = wrong(place, "true or false"));
      out = node.get<bool>();
    } else if constexpr (std::is_same_v<T, Count>) {
      if (!node.is_number_unsigned()) return void(error = wrong(place, "a whole number from 0 on"));
      out = node.get<Count>();
    } else if constexpr (std::is_same_v<T, Time>) {
      if (!fits_time(node)) return void(error = wrong(place, "a whole number of 64 bits"));
      out = node.get<Time>();
    } else if constexpr (std::is_same_v<T, double>) {
      if (!node.is_number()) return void(error = wrong(place, "a number"));
      out = node.get<double>();
    } else if constexpr (List<T>) {
      list(node, place, out, error);
    } else {
      if (!node.is_object()) return void(error = wrong(place, "an object"));
      Decoder decoder(node, place, error);
      out.fields(decoder);
    }
  }

 private:
  const json* find(const std::string& name) const {
    if (error_) return nullptr;
    const auto found = object_.find(name);
    return found == object_.end() ? nullptr : &*found;
  }

  static bool fits_time(const json& node) {
    if (!node.is_number_integer()) return false;
    return !node.is_number_unsigned() ||
           node.get<Count>() <= static_cast<Count>(std::numeric_limits<Time>::max());
  }

  template <typename T>
  static void list(const json& node, const Place& place, std::vector<T>& out,
                   std::optional<base::Error>& error) {
    if (!node.is_array()) return void(error = wrong(place, "a list"));
    out.clear();
    out.reserve(node.size());
    for (std::size_t i = 0; i < node.size() && !error; ++i) {
      out.emplace_back();
      value(node[i], {&place, {}, i, true}, out.back(), error);
    }
  }

  const json& object_;
  const Place& place_;
  std::optional<base::Error>& error_;
};

template <typename T>
Result<T> decode_node(const json& node) {
  T out;
  std::optional<base::Error> error;
  Decoder::value(node, Place{}, out, error);
  if (error) return tl::unexpected(*std::move(error));
  return out;
}

// Brackets outside of strings. The library parses without recursion but keeps a stack, and
// whoever walks its result would recurse.
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

// --- Description ---

template <typename T>
std::string type_name() {
  if constexpr (std::is_same_v<T, std::string>) return "text";
  if constexpr (std::is_same_v<T, bool>) return "boolean";
  if constexpr (std::is_same_v<T, Count>) return "unsigned";
  if constexpr (std::is_same_v<T, Time>) return "integer";
  if constexpr (std::is_same_v<T, double>) return "number";
  if constexpr (List<T>) return "list of " + type_name<typename ListElement<T>::type>();
  if constexpr (message_name<T>() != nullptr) return message_name<T>();
}

struct Describer {
  std::vector<FieldDescription> fields;
  template <typename T>
  void operator()(const char* name, T&) {
    fields.push_back({name, type_name<T>()});
  }
  void path(const char* name, std::string&) { fields.push_back({name, "path"}); }
};

}  // namespace

Result<JsonValue> JsonValue::parse(std::string_view text) {
  if (text.size() > kMaxMessageBytes)
    return base::fail(ErrorCode::invalid, "a message of {} bytes is too long (the limit is {})",
                      text.size(), kMaxMessageBytes);
  if (too_deep(text))
    return base::fail(ErrorCode::invalid, "the message is nested more than {} levels deep",
                      kMaxMessageDepth);
  json document = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (document.is_discarded())
    return base::fail(ErrorCode::invalid, "the message is not JSON (RFC 8259, UTF-8)");
  return JsonAccess::root(std::move(document));
}

void encode_text_to(std::string& out, std::string_view text) {
  out += '"';
  std::size_t copied = 0;  // up to here it is in `out`
  std::size_t i = 0;
  const auto copy_run = [&] { out.append(text, copied, i - copied); };
  while (i < text.size()) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool plain = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
    const std::size_t length = plain ? 1 : byte < 0x80 ? 0 : utf8_sequence(text.substr(i));
    if (length > 0) {
      i += length;
      continue;
    }
    copy_run();
    if (byte < 0x80)
      append_escaped(out, text[i]);
    else
      out += "\xef\xbf\xbd";
    copied = ++i;
  }
  copy_run();
  out += '"';
}

template <typename T>
void encode_to(std::string& out, const T& message) {
  Encoder(out).value(message);
}

template <typename T>
std::string encode(const T& message) {
  std::string out;
  encode_to(out, message);
  return out;
}

template <typename T>
Result<T> decode(const JsonValue& value) {
  return decode_node<T>(JsonAccess::node(value));
}

template <typename T>
Result<T> decode(std::string_view text) {
  VCS_ASSIGN(const JsonValue value, JsonValue::parse(text));
  return decode<T>(value);
}

template <typename T>
Result<std::vector<T>> decode_all(const JsonValue& array) {
  return decode_node<std::vector<T>>(JsonAccess::node(array));
}

template <typename T>
MessageDescription describe() {
  Describer describer;
  T().fields(describer);
  return {message_name<T>(), std::move(describer.fields)};
}

std::vector<MessageDescription> describe_messages() {
  std::vector<MessageDescription> messages;
#define X(Message) messages.push_back(describe<Message>());
  VCS_IPC_MESSAGES(X)
#undef X
  return messages;
}

#define X(Message)                                            \
  template std::string encode(const Message&);                \
  template void encode_to(std::string&, const Message&);      \
  template Result<Message> decode<Message>(std::string_view); \
  template Result<Message> decode<Message>(const JsonValue&); \
  template MessageDescription describe<Message>();
VCS_IPC_MESSAGES(X)
#undef X

#define X(Item) template Result<std::vector<Item>> decode_all<Item>(const JsonValue&);
VCS_IPC_ITEMS(X)
#undef X

}  // namespace vcs::ipc
