// SPDX-License-Identifier: Apache-2.0
// The blocking client of the command line.
//
//   VCS_ASSIGN(Client client, Client::connect(clock, socket_path, {}));
//   VCS_ASSIGN(StatusResponse status, client.call<Status>(StatusRequest{}));
//   client.stream<Log>(request, [](CommitInfo commit) { ...; return true; });
//
// One request at a time; one thread. Only connecting and hello have a deadline: a request may take
// any time.
// Errors carry the agent's own code and message. When the agent cannot be reached: `unavailable`
// if nobody listens (the agent may be started), `denied` if the socket belongs to somebody else.
// After a broken connection or an unanswered cancel every call fails with `unavailable`.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/clock.hpp"
#include "core/base/result.hpp"
#include "ipc/json_codec.hpp"
#include "ipc/messages/common.hpp"
#include "ipc/method.hpp"

namespace vcs::base {
class FileDescriptor;
}

namespace vcs::ipc {

struct HelloResponse;

struct ClientOptions {
  std::string name = "vcsctl";                         // the client's name, sent in hello
  base::Nanos timeout = std::chrono::seconds(5);       // of connecting, and again of hello
  base::Nanos cancel_grace = std::chrono::seconds(3);  // how long to await an answer after a cancel
};

class Client {
 public:
  using OnProgress = std::function<void(const Progress&)>;

  // Connects, checks that our user (or root) owns the other end, and says hello. `clock` must
  // outlive the client.
  static Result<Client> connect(const base::Clock& clock, const std::string& socket_path,
                                ClientOptions options);
  // The same on a connected socket.
  static Result<Client> adopt(const base::Clock& clock, base::FileDescriptor socket,
                              ClientOptions options);
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();

  // The agent's answer to hello.
  const HelloResponse& agent() const;
  // Whether the agent can send raw bytes; this side always takes them.
  bool has_raw() const;

  // If `fd` (not owned; -1: none) is readable while a call runs, the client cancels the request: it
  // notifies the agent and awaits its answer for `cancel_grace`. The call then returns that answer,
  // or `cancelled`. A signal handler writes to the pipe of `fd`; the client reads nothing from it.
  void cancel_on(int fd);

  template <Method M>
  Result<typename M::Response> call(const typename M::Request& request,
                                    const OnProgress& on_progress = {});

  // `on_item` takes an Item; if it returns false, the client cancels the request.
  template <StreamMethod M, typename OnItem>
  Result<typename M::Response> stream(const typename M::Request& request, OnItem&& on_item,
                                      const OnProgress& on_progress = {});

 private:
  class Connection;
  // A result or a batch of items, with the raw bytes that follow its line.
  struct Answer {
    JsonValue value;
    std::string raw;
  };
  // Decodes a batch of items; false to stop.
  using OnItems = std::function<Result<bool>(const Answer& items)>;
  template <typename Message>
  static constexpr bool kCarriesRaw = requires(Message m) {
    m.raw.append(m.raw);
  };

  explicit Client(std::unique_ptr<Connection> connection);
  Result<Answer> exchange(std::string_view method, std::string params, const OnItems& on_items,
                          const OnProgress& on_progress);

  std::unique_ptr<Connection> connection_;
};

// --- Implementation of the templates ---

template <Method M>
Result<typename M::Response> Client::call(const typename M::Request& request,
                                          const OnProgress& on_progress) {
  using Response = typename M::Response;
  VCS_ASSIGN(Answer answer, exchange(M::kName, encode(request), {}, on_progress));
  auto response = decode<Response>(answer.value);
  if constexpr (kCarriesRaw<Response>)
    if (response) response->raw = std::move(answer.raw);
  return response;
}

template <StreamMethod M, typename OnItem>
Result<typename M::Response> Client::stream(const typename M::Request& request, OnItem&& on_item,
                                            const OnProgress& on_progress) {
  using Item = typename M::Item;
  const OnItems on_items = [&](const Answer& items) -> Result<bool> {
    VCS_ASSIGN(std::vector<Item> decoded, decode_all<Item>(items.value));
    std::size_t position = 0;
    for (Item& item : decoded) {
      if constexpr (kCarriesRaw<Item>) {
        if (item.length > items.raw.size() - position)
          return fail(ErrorCode::corrupt, "the agent sent fewer bytes than it announced");
        item.raw = items.raw.substr(position, item.length);
        position += item.length;
      }
      if (!on_item(std::move(item))) return false;
    }
    return true;
  };
  VCS_ASSIGN(const Answer answer, exchange(M::kName, encode(request), on_items, on_progress));
  return decode<typename M::Response>(answer.value);
}

}  // namespace vcs::ipc
