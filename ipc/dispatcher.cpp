// SPDX-License-Identifier: Apache-2.0
// Turns lines into calls of the service, and replies into lines.
#include "ipc/dispatcher.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include "core/base/guarded.hpp"
#include "ipc/json_codec.hpp"
#include "ipc/methods.hpp"

namespace vcs::ipc {
namespace {

// The raw bytes that follow the line of a message.
template <typename T>
std::string_view raw_of(const T& message) {
  if constexpr (requires { std::string_view(message.raw); }) return message.raw;
  return {};
}

template <typename Request>
bool wants_raw(const Request& request) {
  if constexpr (std::is_same_v<Request, ContentsRequest>) return true;
  if constexpr (std::is_same_v<Request, ContentRequest>) return request.raw;
  return false;
}

// Sends the answer of one request, for any types of message. If the last reply is destroyed without
// an answer, the destructor answers with an error, so no client waits for ever.
class PendingRequest {
 public:
  PendingRequest(std::shared_ptr<Outlet> outlet, std::shared_ptr<RequestState> state)
      : outlet_(std::move(outlet)), state_(std::move(state)) {}
  ~PendingRequest() {
    if (!finished_)
      answer(error_line(
          state_->id, RpcNumber::service_error,
          {ErrorCode::unavailable, "the agent ended this request without an answer", 0}));
  }
  PendingRequest(const PendingRequest&) = delete;
  PendingRequest& operator=(const PendingRequest&) = delete;

  template <typename Response>
  void finish(const Result<Response>& result) {
    const std::string_view raw = result ? raw_of(*result) : std::string_view();
    assert(raw.size() <= kMaxRawBytes);
    std::string line = result ? result_line(state_->id, encode(*result), raw.size())
                              : error_line(state_->id, RpcNumber::service_error, result.error());
    line += raw;
    if (line.size() > kMaxMessageBytes)
      line =
          error_line(state_->id, RpcNumber::service_error,
                     {ErrorCode::unsupported,
                      fmt::format("the answer is too large to send ({} bytes)", line.size()), 0});
    answer(std::move(line));
  }

  template <typename Item>
  bool item(const Item& item) {
    const base::Lock lock(mutex_);
    if (outlet_->stopped(*state_)) return false;
    if (batch_raw_.size() + raw_of(item).size() > kMaxRawBytes && !send_batch()) return false;
    if (batch_.empty())
      batch_ = begin_items(state_->id);
    else
      batch_ += ',';
    encode_to(batch_, item);
    batch_raw_ += raw_of(item);
    if (batch_.size() + batch_raw_.size() < batch_bytes_) return true;
    grow_batch();
    return send_batch();
  }

  void progress(const Progress& progress) { outlet_->send_progress(*state_, progress); }
  bool cancelled() const { return outlet_->stopped(*state_); }

 private:
  // Sends the first item at once and later ones in batches that grow: a person soon sees something,
  // and a million items need far fewer messages. Events are always sent at once.
  void grow_batch() VCS_REQUIRES(mutex_) {
    if (state_->kind == RequestKind::live) return;
    batch_bytes_ =
        std::min(std::max<std::size_t>(1024, 2 * batch_bytes_), outlet_->limits().batch_bytes);
  }

  bool send_batch() VCS_REQUIRES(mutex_) { return outlet_->send_items(*state_, take_batch()); }
  std::string take_batch() VCS_REQUIRES(mutex_) {
    end_items(batch_, batch_raw_.size());
    batch_ += std::exchange(batch_raw_, {});
    return std::exchange(batch_, {});
  }

  void answer(std::string line) {
    const base::Lock lock(mutex_);
    assert(!finished_ && "a request is answered once");
    if (std::exchange(finished_, true)) return;
    if (!batch_.empty()) line.insert(0, take_batch());
    outlet_->answer(*state_, std::move(line));
  }

  const std::shared_ptr<Outlet> outlet_;
  const std::shared_ptr<RequestState> state_;
  base::Mutex mutex_;  // lock order: before the outlet's mutex
  std::string batch_ VCS_GUARDED_BY(mutex_), batch_raw_ VCS_GUARDED_BY(mutex_);
  std::size_t batch_bytes_ VCS_GUARDED_BY(mutex_) = 0;
  bool finished_ VCS_GUARDED_BY(mutex_) = false;
};

template <Method M>
class ReplyChannel final : public Reply<M>::Channel {
 public:
  ReplyChannel(std::shared_ptr<Outlet> outlet, std::shared_ptr<RequestState> state)
      : pending_(std::move(outlet), std::move(state)) {}
  void finish(Result<typename M::Response> result) override { pending_.finish(result); }
  void progress(const Progress& progress) override { pending_.progress(progress); }

 private:
  PendingRequest pending_;
};

template <StreamMethod M>
class ReplyChannel<M> final : public Reply<M>::Channel {
 public:
  ReplyChannel(std::shared_ptr<Outlet> outlet, std::shared_ptr<RequestState> state)
      : pending_(std::move(outlet), std::move(state)) {}
  bool item(const typename M::Item& item) override { return pending_.item(item); }
  void finish(Result<typename M::Response> result) override { pending_.finish(result); }
  void progress(const Progress& progress) override { pending_.progress(progress); }
  bool cancelled() const override { return pending_.cancelled(); }

 private:
  PendingRequest pending_;
};

// A hello counts at once, so that a client may send its first request right behind it. A hello that
// the service rejects stops counting.
template <>
class ReplyChannel<Hello> final : public Reply<Hello>::Channel {
 public:
  ReplyChannel(std::shared_ptr<Outlet> outlet, std::shared_ptr<RequestState> state,
               std::shared_ptr<Greeting> greeting)
      : pending_(std::move(outlet), std::move(state)), greeting_(std::move(greeting)) {}
  void finish(Result<HelloResponse> result) override {
    if (!result) greeting_->said = false;
    pending_.finish(result);
  }
  void progress(const Progress&) override {}

 private:
  PendingRequest pending_;
  std::shared_ptr<Greeting> greeting_;
};

struct Call {
  Service& service;
  const std::shared_ptr<Outlet>& outlet;
  const std::shared_ptr<Greeting>& greeting;
  const std::string& id;
  const JsonValue& params;
};

// Decodes the request and accepts it. Null: it was refused, and the client has got the error.
template <typename Request>
std::shared_ptr<RequestState> admit(const Call& call, const char* method, RequestKind kind,
                                    Request& request) {
  auto decoded = decode<Request>(call.params);
  if (!decoded) {
    call.outlet->refuse(call.id, RpcNumber::invalid_params,
                        std::move(decoded).error().with_context(method));
    return nullptr;
  }
  request = std::move(*decoded);
  if (wants_raw(request) && !call.greeting->raw) {
    call.outlet->refuse(call.id, RpcNumber::invalid_params,
                        {ErrorCode::unsupported,
                         fmt::format("{}: raw bytes are sent only to a client that named the "
                                     "feature '{}' in hello",
                                     method, kRawFeature),
                         0});
    return nullptr;
  }
  return call.outlet->accept(call.id, kind);
}

template <Method M>
constexpr RequestKind kind_of() {
  if constexpr (StreamMethod<M>)
    return when_full<M>() == WhenFull::end ? RequestKind::live : RequestKind::stream;
  return RequestKind::single;
}

template <Method M>
std::shared_ptr<ReplyChannel<M>> open_channel(const Call& call, const typename M::Request&,
                                              std::shared_ptr<RequestState> state) {
  return std::make_shared<ReplyChannel<M>>(call.outlet, std::move(state));
}
template <>
std::shared_ptr<ReplyChannel<Hello>> open_channel<Hello>(const Call& call,
                                                         const HelloRequest& request,
                                                         std::shared_ptr<RequestState> state) {
  call.greeting->said = true;
  call.greeting->raw = std::count(request.features.begin(), request.features.end(), kRawFeature);
  return std::make_shared<ReplyChannel<Hello>>(call.outlet, std::move(state), call.greeting);
}

template <Method M>
void start(const Call& call) {
  typename M::Request request;
  auto state = admit(call, M::kName, kind_of<M>(), request);
  if (!state) return;
  Reply<M> reply(open_channel<M>(call, request, std::move(state)));
  call.service.answer(std::move(request), std::move(reply));
}

struct Row {
  std::string_view name;
  void (*start)(const Call& call);
};

std::array<Row, Methods::kSize> make_table() {
  std::array<Row, Methods::kSize> table;
  std::size_t i = 0;
  Methods::for_each([&]<Method M>() { table[i++] = {M::kName, start<M>}; });
  return table;
}

const Row* find_method(std::string_view name) {
  static const auto table = make_table();
  for (const Row& row : table)
    if (row.name == name) return &row;
  return nullptr;
}

}  // namespace

Connection::Connection(Service& service, std::shared_ptr<Output> output, ConnectionLimits limits)
    : service_(service),
      outlet_(std::make_shared<Outlet>(std::move(output), limits)),
      splitter_(limits.line_bytes),
      greeting_(std::make_shared<Greeting>()) {}

Connection::~Connection() {
  close();
}

void Connection::written(std::size_t bytes) {
  outlet_->written(bytes);
}
void Connection::close() {
  outlet_->close();
}
void Connection::drain() {
  outlet_->drain();
}

bool Connection::receive(std::string_view bytes) {
  const auto fed = splitter_.feed(bytes, [this](std::string_view line) { return on_line(line); });
  if (fed) return true;
  outlet_->refuse("null", RpcNumber::invalid_request, fed.error());
  return false;
}

bool Connection::on_line(std::string_view line) {
  const auto call = parse_call(line);
  if (!call) {
    outlet_->refuse(call.error().id, call.error().number,
                    {ErrorCode::invalid, call.error().message, 0});
    return true;
  }
  if (call->id.empty()) {
    // JSON-RPC forbids an answer to a notification; unknown notifications are ignored.
    if (call->method == "cancel") outlet_->cancel(cancelled_id(call->params));
    return true;
  }
  const Row* method = find_method(call->method);
  if (method == nullptr) {
    outlet_->refuse(call->id, RpcNumber::method_not_found,
                    {ErrorCode::unsupported, "this agent has no such method", 0});
    return true;
  }
  const bool said = greeting_->said;
  if (said == (method->name == Hello::kName)) {
    outlet_->refuse(call->id, RpcNumber::invalid_request,
                    {ErrorCode::invalid, said ? "hello was already sent" : "send hello first", 0});
    return true;
  }
  method->start({service_, outlet_, greeting_, call->id, call->params});
  return true;
}

}  // namespace vcs::ipc
