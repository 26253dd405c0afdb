// SPDX-License-Identifier: Apache-2.0
// Tests of agent/doors/listener.
#include "agent/doors/listener.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <functional>
#include <optional>
#include <thread>

#include "ipc/client.hpp"
#include "ipc/endpoint.hpp"
#include "tests/support/fake_service.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace vcs;
using agent::doors::Listener;
using base::ErrorCode;
using base::FileDescriptor;

namespace {

const base::SystemClock kClock;
constexpr base::Nanos kPatience = std::chrono::seconds(20);

// A listener on a loop that the test turns.
struct Stage {
  explicit Stage(agent::doors::ListenerOptions options = {}) {
    REQUIRE(uv_loop_init(&loop) == 0);
    auto listening = ipc::Endpoint::listen(folder / "agent.sock");
    REQUIRE(listening);
    endpoint.emplace(std::move(*listening));
    auto started = Listener::start(&loop, endpoint->take_socket(), service, {}, options);
    REQUIRE(started);
    listener = std::move(*started);
  }
  ~Stage() {
    listener.reset();
    uv_run(&loop, UV_RUN_DEFAULT);
    // The loop refuses to close while a handle is open.
    CHECK(uv_loop_close(&loop) == 0);
  }

  void turn_until(const std::function<bool()>& done) {
    while (!done()) uv_run(&loop, UV_RUN_ONCE);
  }
  // Runs `work` with a blocking client on another thread while the loop turns.
  void with_client(const std::function<void(ipc::Client&)>& work) {
    uv_async_t finished;
    bool done = false;
    finished.data = &done;
    uv_async_init(&loop, &finished,
                  [](uv_async_t* handle) { *static_cast<bool*>(handle->data) = true; });
    std::thread thread([&] {
      auto client = ipc::Client::connect(kClock, endpoint->path(), {.timeout = kPatience});
      if (client) work(*client);
      uv_async_send(&finished);
    });
    turn_until([&] { return done; });
    thread.join();
    uv_close(reinterpret_cast<uv_handle_t*>(&finished), nullptr);
    uv_run(&loop, UV_RUN_NOWAIT);
  }
  FileDescriptor connect() const {
    auto socket = ipc::connect_endpoint(kClock, endpoint->path(), kPatience);
    REQUIRE(socket);
    return std::move(*socket);
  }
  // Reads from `socket` up to the next newline, or to its end.
  std::string read_line(int socket) {
    std::string line;
    char c = 0;
    while (true) {
      const ssize_t count = recv(socket, &c, 1, MSG_DONTWAIT);
      if (count == 1 && c == '\n') return line;
      if (count == 1) line += c;
      if (count == 0 || (count < 0 && errno != EAGAIN)) return line + "<end>";
      if (count < 0) uv_run(&loop, UV_RUN_NOWAIT);
    }
  }

  test::TemporaryFolder folder;
  test::FakeService service;
  uv_loop_t loop{};
  std::optional<ipc::Endpoint> endpoint;
  std::unique_ptr<Listener> listener;
};

void say(int socket, const std::string& text) {
  REQUIRE(send(socket, text.data(), text.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(text.size()));
}

const std::string kHello = ipc::request_line("1", "hello", "{}");

}  // namespace

TEST_CASE("listener: a socket takes the place of another, and whoever is there stays") {
  Stage stage;
  const FileDescriptor before = stage.connect();
  say(before.get(), kHello);
  CHECK(stage.read_line(before.get()).find("\"result\"") != std::string::npos);
  REQUIRE(unlink(stage.endpoint->path().c_str()) == 0);
  auto fresh = ipc::Endpoint::listen(stage.folder / "fresh.sock");
  REQUIRE(fresh);
  REQUIRE(stage.listener->listen_at(fresh->take_socket()));
  *stage.endpoint = std::move(*fresh);
  const FileDescriptor after = stage.connect();
  for (const FileDescriptor* client : {&before, &after}) {
    say(client->get(), kHello);
    CHECK_FALSE(stage.read_line(client->get()).ends_with("<end>"));
  }
}

TEST_CASE("listener: a real client is served, items and all") {
  Stage stage;
  std::thread worker;
  stage.service.on<ipc::Ls>() = [&](ipc::LsRequest, ipc::Reply<ipc::Ls> reply) {
    worker = std::thread([reply] {
      ipc::EntryInfo entry;
      entry.path = std::string(200, 'p');
      for (; entry.size < 20000; ++entry.size)
        if (!reply.item(entry)) break;
      reply.finish(ipc::StreamEnd{entry.size});
    });
  };
  ipc::Count items = 0, end = 0;
  stage.with_client([&](ipc::Client& client) {
    const auto result = client.stream<ipc::Ls>({}, [&](ipc::EntryInfo entry) {
      items += entry.size == items ? 1 : 0;
      return true;
    });
    if (result) end = result->items;
  });
  worker.join();
  CHECK(items == 20000);
  CHECK(end == 20000);
  stage.turn_until([&] { return stage.listener->clients() == 0; });
}

TEST_CASE("listener: a thousand idle clients do not disturb one that asks") {
  Stage stage;
  std::vector<FileDescriptor> idle;
  for (int i = 0; i < 1000; ++i) {
    idle.push_back(stage.connect());
    // The system's queue of connections is short, so the loop empties it each time.
    stage.turn_until([&] { return stage.listener->clients() == idle.size(); });
  }
  bool answered = false;
  stage.with_client(
      [&](ipc::Client& client) { answered = client.call<ipc::Status>({}).has_value(); });
  CHECK(answered);
  idle.resize(500);
  stage.turn_until([&] { return stage.listener->clients() == 500; });
}

TEST_CASE("listener: one client too many is told and closed") {
  Stage stage({.max_clients = 2, .connection = {}});
  const FileDescriptor first = stage.connect(), second = stage.connect();
  stage.turn_until([&] { return stage.listener->clients() == 2; });
  const FileDescriptor third = stage.connect();
  CHECK_THAT(stage.read_line(third.get()), Catch::Contains("\"code\":\"busy\""));
  CHECK(stage.read_line(third.get()) == "<end>");
  CHECK(stage.listener->clients() == 2);
  say(first.get(), kHello);
  CHECK_THAT(stage.read_line(first.get()), Catch::Contains("\"result\""));
}

TEST_CASE("listener: when something else needs the room, fewer clients are taken") {
  std::size_t room = 2;
  Stage stage({.max_clients = 3, .connection = {}, .room = [&] { return room; }});
  const FileDescriptor first = stage.connect();
  stage.turn_until([&] { return stage.listener->clients() == 1; });
  room = 1;
  CHECK_THAT(stage.read_line(stage.connect().get()), Catch::Contains("\"code\":\"busy\""));
  room = 100;
  const FileDescriptor second = stage.connect(), third = stage.connect();
  stage.turn_until([&] { return stage.listener->clients() == 3; });
  CHECK_THAT(stage.read_line(stage.connect().get()), Catch::Contains("\"code\":\"busy\""));
}

TEST_CASE("listener: a client that dies in the middle is forgotten, and its reply with it") {
  Stage stage;
  std::optional<ipc::Reply<ipc::Status>> status;
  std::optional<ipc::Reply<ipc::Events>> events;
  stage.service.on<ipc::Status>() = [&](ipc::StatusRequest, ipc::Reply<ipc::Status> reply) {
    status = reply;
  };
  stage.service.on<ipc::Events>() = [&](ipc::EventsRequest, ipc::Reply<ipc::Events> reply) {
    events = reply;
  };
  FileDescriptor client = stage.connect();
  say(client.get(),
      kHello + ipc::request_line("2", "status", "{}") + ipc::request_line("3", "events", "{}"));
  stage.turn_until([&] { return events.has_value(); });
  CHECK(events->item({}));
  client.reset();
  stage.turn_until([&] { return stage.listener->clients() == 0; });
  CHECK_FALSE(events->item({}));
  std::thread([&] { status->finish(ipc::StatusResponse{}); }).join();
  bool answered = false;
  stage.with_client([&](ipc::Client& next) { answered = next.call<ipc::Doctor>({}).has_value(); });
  CHECK(answered);
}

TEST_CASE("listener: an oversized or endless line is answered and ends its client") {
  Stage stage({.connection = {.line_bytes = 1000}});
  const FileDescriptor client = stage.connect();
  say(client.get(), std::string(5000, 'x'));
  CHECK_THAT(stage.read_line(client.get()), Catch::Contains("longer than 1000 bytes"));
  CHECK(stage.read_line(client.get()) == "<end>");
  CHECK(stage.listener->clients() == 0);
}

TEST_CASE("listener: a client that asks without reading is not read until it reads") {
  Stage stage({.connection = {.unsent_bytes = 20000}});
  const FileDescriptor client = stage.connect();
  say(client.get(), kHello);
  // The requests fill both socket buffers and the limit, then sending would block.
  const std::string request = ipc::request_line("2", "repo.list", "{}");
  int asked = 0, stuck = 0;
  while (stuck < 50) {
    const ssize_t sent =
        send(client.get(), request.data(), request.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent == static_cast<ssize_t>(request.size())) ++asked, stuck = 0;
    if (sent < 0) ++stuck, uv_run(&stage.loop, UV_RUN_NOWAIT);
    REQUIRE(asked < 100'000);
    REQUIRE((sent < 0 || sent == static_cast<ssize_t>(request.size())));
  }
  CHECK_THAT(stage.read_line(client.get()), Catch::Contains("\"id\":1"));
  for (int answer = 0; answer < asked; ++answer)
    REQUIRE_THAT(stage.read_line(client.get()), Catch::Contains("\"id\":2"));
}

TEST_CASE("listener: large answers to what was asked at once are not piled up") {
  constexpr std::size_t kAnswer = 100'000;
  constexpr int kAsked = 200;
  Stage stage({.connection = {.unsent_bytes = 20000}});
  int served = 0;
  stage.service.on<ipc::Status>() = [&](ipc::StatusRequest, ipc::Reply<ipc::Status> reply) {
    ++served;
    ipc::StatusResponse response;
    response.agent.home = std::string(kAnswer, 'h');
    reply.finish(std::move(response));
  };
  const FileDescriptor client = stage.connect();
  std::string asked = kHello;
  for (int i = 0; i < kAsked; ++i) asked += ipc::request_line("2", "status", "{}");
  say(client.get(), asked);
  stage.turn_until([&] { return served > 0; });
  for (int turns = 0; turns < 2 * kAsked; ++turns) uv_run(&stage.loop, UV_RUN_NOWAIT);
  // At most what the system's own buffers hold, and a few more.
  CHECK(served < 20);
  CHECK_THAT(stage.read_line(client.get()), Catch::Contains("\"id\":1"));
  for (int answer = 0; answer < kAsked; ++answer)
    REQUIRE_THAT(stage.read_line(client.get()), Catch::Contains("\"id\":2"));
  CHECK(served == kAsked);
}

TEST_CASE("listener: a client that asks for much at once takes turns with others") {
  Stage stage;
  std::vector<std::string> served;
  stage.service.on<ipc::Status>() = [&](ipc::StatusRequest request, ipc::Reply<ipc::Status> reply) {
    served.push_back(request.repository);
    reply.finish(ipc::StatusResponse{});
  };
  const auto ask = [](const std::string& who, int id) {
    return ipc::request_line(std::to_string(id), "status", R"({"repository":")" + who + "\"}");
  };
  const FileDescriptor greedy = stage.connect(), modest = stage.connect();
  for (const auto* client : {&greedy, &modest}) {
    say(client->get(), kHello);
    stage.read_line(client->get());
  }
  std::string much;
  for (int i = 0; i < 500; ++i) much += ask("greedy", 2 + i);
  say(greedy.get(), much);
  stage.turn_until([&] { return !served.empty(); });
  say(modest.get(), ask("modest", 2));
  stage.turn_until([&] { return served.size() >= 500; });
  const auto place = std::find(served.begin(), served.end(), "modest") - served.begin();
  CHECK(place < 10);
}

TEST_CASE("listener: stopping answers what is at work, ends events, and then reports") {
  Stage stage;
  std::optional<ipc::Reply<ipc::Status>> status;
  stage.service.on<ipc::Status>() = [&](ipc::StatusRequest, ipc::Reply<ipc::Status> reply) {
    status = reply;
  };
  std::optional<ipc::Reply<ipc::Events>> events;
  stage.service.on<ipc::Events>() = [&](ipc::EventsRequest, ipc::Reply<ipc::Events> reply) {
    events = reply;
  };
  const FileDescriptor idle = stage.connect(), busy = stage.connect(), watching = stage.connect();
  say(busy.get(), kHello + ipc::request_line("2", "status", "{}"));
  say(watching.get(), kHello + ipc::request_line("2", "events", "{}"));
  stage.turn_until([&] { return status && events && stage.listener->clients() == 3; });
  bool stopped = false;
  stage.listener->stop(kPatience, [&] { stopped = true; });
  CHECK(stage.read_line(idle.get()) == "<end>");
  CHECK_THAT(stage.read_line(watching.get()), Catch::Contains("\"id\":1"));
  CHECK_THAT(stage.read_line(watching.get()), Catch::Contains("the agent is stopping"));
  CHECK(stage.read_line(watching.get()) == "<end>");
  CHECK_FALSE(stopped);
  std::thread worker([&] { status->finish(ipc::StatusResponse{}); });
  stage.turn_until([&] { return stopped; });
  worker.join();
  CHECK_THAT(stage.read_line(busy.get()), Catch::Contains("\"id\":1"));
  CHECK_THAT(stage.read_line(busy.get()), Catch::Contains("\"id\":2,\"result\""));
  CHECK(stage.read_line(busy.get()) == "<end>");
}

TEST_CASE("listener: work that does not end is left behind when patience does") {
  Stage stage;
  std::optional<ipc::Reply<ipc::Status>> status;
  stage.service.on<ipc::Status>() = [&](ipc::StatusRequest, ipc::Reply<ipc::Status> reply) {
    status = reply;
  };
  const FileDescriptor client = stage.connect();
  say(client.get(), kHello + ipc::request_line("2", "status", "{}"));
  stage.turn_until([&] { return status.has_value(); });
  bool stopped = false;
  stage.listener->stop(base::Nanos(0), [&] { stopped = true; });
  stage.turn_until([&] { return stopped; });
  CHECK(stage.listener->clients() == 0);
  status->finish(ipc::StatusResponse{});
}

TEST_CASE("listener: a stop asked for over the socket is answered before the end") {
  Stage stage;
  bool stopped = false, answered = false;
  stage.service.on<ipc::Stop>() = [&](ipc::StopRequest, ipc::Reply<ipc::Stop> reply) {
    reply.finish(ipc::Empty{});
    stage.listener->stop(kPatience, [&] { stopped = true; });
  };
  stage.with_client(
      [&](ipc::Client& client) { answered = client.call<ipc::Stop>({}).has_value(); });
  stage.turn_until([&] { return stopped; });
  CHECK(answered);
}

TEST_CASE("listener: a descriptor that is no listening socket is an error") {
  uv_loop_t loop{};
  REQUIRE(uv_loop_init(&loop) == 0);
  test::FakeService service;
  CHECK_FALSE(Listener::start(&loop, FileDescriptor(dup(0)), service, {}));
  uv_run(&loop, UV_RUN_DEFAULT);
  CHECK(uv_loop_close(&loop) == 0);
}
