// SPDX-License-Identifier: Apache-2.0
// Tests of ipc/client.
#include "ipc/client.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <cerrno>
#include <optional>
#include <thread>

#include "ipc/endpoint.hpp"
#include "tests/support/fake_service.hpp"
#include "tests/support/socket_server.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace vcs::ipc;
using vcs::base::ErrorCode;
using vcs::base::fail;
using vcs::base::FileDescriptor;
using vcs::test::FakeService;
using vcs::test::SocketServer;

namespace {

const vcs::base::SystemClock kClock;

Client greet(SocketServer& server, ClientOptions options = {}) {
  auto client = Client::adopt(kClock, server.take_client(), options);
  REQUIRE(client);
  return *std::move(client);
}

// The test writes the other end of a client by hand.
struct Script {
  Script() {
    std::array<int, 2> ends{};
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
    client.reset(ends[0]);
    agent.reset(ends[1]);
  }
  void say(const std::string& text) const {
    REQUIRE(write(agent.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  void say_hello() const {
    say(R"({"jsonrpc":"2.0","id":1,"result":{"version":"x","protocol":1}})"
        "\n");
  }
  FileDescriptor client, agent;
};

}  // namespace

TEST_CASE("client: every method makes the round trip") {
  FakeService service;
  SocketServer server(service);
  Client client = greet(server);
  std::size_t methods = 0;
  Methods::for_each([&]<Method M>() {
    ++methods;
    if constexpr (StreamMethod<M>)
      CHECK(client.stream<M>({}, [](typename M::Item) { return true; }));
    else if (!std::is_same_v<M, Hello>)
      CHECK(client.call<M>({}));
  });
  CHECK(methods == Methods::kSize);
}

TEST_CASE("client: requests and responses arrive with all their fields") {
  FakeService service;
  service.on<Hello>() = [](HelloRequest request, Reply<Hello> reply) {
    reply.finish(HelloResponse{request.client + "!", 1, 7, {"a"}});
  };
  service.on<Commit>() = [](CommitRequest request, Reply<Commit> reply) {
    reply.progress({Stage::committing, 1, 2, 3, 4});
    CommitResponse response;
    response.message = request.message + " in " + request.repository;
    response.created = true;
    reply.finish(response);
  };
  SocketServer server(service);
  Client client = greet(server, {.name = "me"});
  CHECK(client.agent().version == "me!");
  CHECK(client.agent().pid == 7);
  int progress = 0;
  const auto response = client.call<Commit>({"home", "a \"message\"\n"}, [&](const Progress& now) {
    CHECK(now.stage == Stage::committing);
    ++progress;
  });
  REQUIRE(response);
  CHECK(response->message == "a \"message\"\n in home");
  CHECK(response->created);
  CHECK(progress == 1);
}

TEST_CASE("client: paths of any bytes go and come") {
  FakeService service;
  service.on<Ls>() = [](LsRequest request, Reply<Ls> reply) {
    EntryInfo entry;
    entry.path = request.path + "\xfe/name";
    entry.target = "\xc3\xa9";
    reply.item(entry);
    reply.finish(StreamEnd{1});
  };
  SocketServer server(service);
  Client client = greet(server);
  std::vector<EntryInfo> entries;
  LsRequest request;
  request.path = "caf\xe9";
  const auto end = client.stream<Ls>(request, [&](EntryInfo entry) {
    entries.push_back(std::move(entry));
    return true;
  });
  REQUIRE(end);
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].path == "caf\xe9\xfe/name");
  CHECK(entries[0].target == "\xc3\xa9");
}

TEST_CASE("client: errors carry the agent's code and message") {
  FakeService service;
  service.on<Commit>() = [](CommitRequest, Reply<Commit> reply) {
    reply.finish(fail(ErrorCode::precondition_failed, "it moved"));
  };
  SocketServer server(service);
  Client client = greet(server);
  const auto response = client.call<Commit>({});
  REQUIRE_FALSE(response);
  CHECK(response.error().code == ErrorCode::precondition_failed);
  CHECK(response.error().message == "it moved");
  CHECK(client.call<Status>({}));
}

TEST_CASE("client: a long stream arrives whole through back-pressure") {
  constexpr Count kItems = 20000;
  FakeService service;
  std::thread worker;
  service.on<Ls>() = [&](LsRequest, Reply<Ls> reply) {
    worker = std::thread([reply] {
      EntryInfo entry;
      for (entry.size = 0; entry.size < kItems; ++entry.size) {
        entry.path = "some/folder/file-" + std::to_string(entry.size);
        if (!reply.item(entry)) break;
      }
      reply.finish(StreamEnd{entry.size});
    });
  };
  SocketServer server(service, {.unsent_bytes = 20000});
  Client client = greet(server);
  Count next = 0;
  const auto end = client.stream<Ls>({}, [&](EntryInfo entry) {
    REQUIRE(entry.size == next++);
    return true;
  });
  worker.join();
  REQUIRE(end);
  CHECK(end->items == kItems);
  CHECK(next == kItems);
}

TEST_CASE("client: an item handler that has enough cancels the stream, and the next call works") {
  FakeService service;
  std::thread worker;
  service.on<Log>() = [&](LogRequest, Reply<Log> reply) {
    worker = std::thread([reply] {
      while (reply.item({})) {
      }
      reply.finish(fail(ErrorCode::cancelled, "stopped"));
    });
  };
  SocketServer server(service);
  Client client = greet(server);
  int seen = 0;
  const auto end = client.stream<Log>({}, [&](CommitInfo) { return ++seen < 10; });
  worker.join();
  REQUIRE_FALSE(end);
  CHECK(end.error().code == ErrorCode::cancelled);
  CHECK(seen == 10);
  CHECK(client.call<Status>({}));
}

TEST_CASE("client: a readable descriptor cancels the request under way") {
  FakeService service;
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  const FileDescriptor read_end(ends[0]), write_end(ends[1]);
  std::optional<Reply<Sync>> kept;
  service.on<Sync>() = [&](SyncRequest, Reply<Sync> reply) {
    kept = reply;
    REQUIRE(write(write_end.get(), "x", 1) == 1);
  };
  SocketServer server(service);
  Client client = greet(server);
  client.cancel_on(read_end.get());
  const auto response = client.call<Sync>({});
  REQUIRE_FALSE(response);
  CHECK(response.error().code == ErrorCode::cancelled);
  client.cancel_on(-1);
  CHECK(client.call<Status>({}));
}

TEST_CASE("client: an agent that ignores a cancel is left after the grace") {
  Script script;
  script.say_hello();
  auto client = Client::adopt(kClock, std::move(script.client),
                              {.cancel_grace = std::chrono::milliseconds(1)});
  REQUIRE(client);
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  const FileDescriptor read_end(ends[0]), write_end(ends[1]);
  REQUIRE(write(write_end.get(), "x", 1) == 1);
  client->cancel_on(read_end.get());
  const auto response = client->call<Status>({});
  REQUIRE_FALSE(response);
  CHECK(response.error().code == ErrorCode::cancelled);
  CHECK(client->call<Status>({}).error().code == ErrorCode::unavailable);
}

TEST_CASE("client: an agent that dies in the middle is a readable error") {
  FakeService service;
  std::optional<Reply<Status>> kept;
  std::atomic<bool> asked = false;
  service.on<Status>() = [&](StatusRequest, Reply<Status> reply) {
    kept = reply;
    asked = true;
    asked.notify_one();
  };
  SocketServer server(service);
  Client client = greet(server);
  std::thread killer([&] {
    asked.wait(false);
    server.die();
  });
  const auto response = client.call<Status>({});
  killer.join();
  REQUIRE_FALSE(response);
  CHECK(response.error().code == ErrorCode::unavailable);
  CHECK_THAT(response.error().message, Catch::Contains("stopped while answering 'status'"));
  CHECK(response.error().os_error == ECONNRESET);
  // A second call gives an error, too, and no signal.
  CHECK(client.call<Status>({}).error().code == ErrorCode::unavailable);
  kept->finish(StatusResponse{});
}

TEST_CASE("client: an agent that has no room says so before it closes") {
  Script script;
  script.say(
      R"({"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"full","data":{"code":"busy"}}})"
      "\n");
  script.agent.reset();
  const auto client = Client::adopt(kClock, std::move(script.client), {});
  REQUIRE_FALSE(client);
  CHECK(client.error().code == ErrorCode::busy);
  CHECK(client.error().message == "full");
}

TEST_CASE("client: an agent that does not say hello in time is given up") {
  Script script;
  const auto client =
      Client::adopt(kClock, std::move(script.client), {.timeout = std::chrono::milliseconds(1)});
  REQUIRE_FALSE(client);
  CHECK(client.error().code == ErrorCode::unavailable);
}

TEST_CASE("client: another protocol is refused with both versions") {
  Script script;
  script.say(R"({"jsonrpc":"2.0","id":1,"result":{"version":"9.9","protocol":2}})"
             "\n");
  const auto client = Client::adopt(kClock, std::move(script.client), {});
  REQUIRE_FALSE(client);
  CHECK(client.error().code == ErrorCode::unsupported);
  CHECK_THAT(client.error().message, Catch::Contains("9.9") && Catch::Contains("protocol 2"));
}

TEST_CASE("client: answers that make no sense are errors") {
  const char* const answer = GENERATE("rubbish\n", "[]\n", "{}\n",
                                      R"({"jsonrpc":"2.0","id":2})"
                                      "\n",
                                      R"({"jsonrpc":"2.0","id":2,"result":[]})"
                                      "\n",
                                      R"({"jsonrpc":"2.0","id":2,"error":5})"
                                      "\n",
                                      R"({"jsonrpc":"2.0","id":2,"result":{"agent":{"pid":"x"}}})"
                                      "\n",
                                      R"({"jsonrpc":"2.0","method":"progress","params":{"id":2}})"
                                      "\n",
                                      R"({"jsonrpc":"2.0","method":"items","params":{"id":2}})"
                                      "\n");
  INFO(answer);
  Script script;
  script.say_hello();
  auto client = Client::adopt(kClock, std::move(script.client), {});
  REQUIRE(client);
  script.say(answer);
  const auto response = client->call<Status>({});
  REQUIRE_FALSE(response);
  CHECK(response.error().code == ErrorCode::invalid);
}

TEST_CASE("client: what it does not know or did not ask for is passed over") {
  Script script;
  script.say_hello();
  auto client = Client::adopt(kClock, std::move(script.client), {});
  REQUIRE(client);
  script.say(R"({"jsonrpc":"2.0","method":"weather","params":{"id":2}})"
             "\n"
             R"({"jsonrpc":"2.0","id":99,"result":{}})"
             "\n"
             R"({"jsonrpc":"2.0","method":"items","params":{"id":2,"items":[{}]}})"
             "\n"
             R"({"jsonrpc":"2.0","id":2,"result":{"agent":{"pid":3,"new":[]}}})"
             "\n");
  const auto response = client->call<Status>({});
  REQUIRE(response);
  CHECK(response->agent.pid == 3);
}

TEST_CASE("client: raw bytes come with the message that they belong to") {
  FakeService service;
  service.on<Content>() = [](ContentRequest request, Reply<Content> reply) {
    ContentResponse response;
    response.size = request.length;
    response.raw = std::string(request.length, '\n');
    reply.finish(response);
  };
  std::thread worker;
  service.on<Contents>() = [&](ContentsRequest request, Reply<Contents> reply) {
    worker = std::thread([request, reply] {
      for (const std::string& id : request.ids) {
        ContentPiece piece;
        piece.id = id;
        piece.raw = id + std::string(1000, '{') + "\n";
        piece.length = piece.raw.size();
        if (!reply.item(piece)) break;
      }
      reply.finish(StreamEnd{request.ids.size()});
    });
  };
  SocketServer server(service);
  Client client = greet(server);
  for (const Count length : {Count{0}, Count{1}, Count{300'000}, kMaxRawBytes}) {
    ContentRequest request;
    request.raw = true;
    request.length = length;
    const auto response = client.call<Content>(request);
    REQUIRE(response);
    CHECK(response->raw == std::string(length, '\n'));
  }
  ContentsRequest many;
  for (int i = 0; i < 5000; ++i) many.ids.push_back(std::to_string(i));
  std::size_t next = 0;
  const auto end = client.stream<Contents>(many, [&](const ContentPiece& piece) {
    CHECK(piece.raw == many.ids[next++] + std::string(1000, '{') + "\n");
    return true;
  });
  worker.join();
  REQUIRE(end);
  CHECK(next == 5000);
  // After a stream is given up half-way, the client skips the rest of it, raw bytes included.
  next = 0;
  static_cast<void>(client.stream<Contents>(many, [&](const ContentPiece&) { return ++next < 3; }));
  worker.join();
  CHECK(next == 3);
  CHECK(client.call<Status>({}));
}

TEST_CASE("client: raw bytes that make no sense are errors") {
  const std::string answer = GENERATE(
      as<std::string>(), R"({"jsonrpc":"2.0","id":2,"result":{},"raw_bytes":4194305})",
      R"({"jsonrpc":"2.0","id":2,"result":{},"raw_bytes":-1})",
      R"({"jsonrpc":"2.0","id":2,"result":{},"raw_bytes":"5"})",
      R"({"jsonrpc":"2.0","method":"items","params":{"id":2,"items":[{"length":3}]},"raw_bytes":2})"
      "\nab",
      R"({"jsonrpc":"2.0","method":"items","params":{"id":2,"items":[{"length":3}]}})");
  INFO(answer);
  Script script;
  script.say_hello();
  auto client = Client::adopt(kClock, std::move(script.client), {});
  REQUIRE(client);
  script.say(answer + "\n");
  const auto end = client->stream<Contents>({}, [](const ContentPiece&) { return true; });
  REQUIRE_FALSE(end);
}

TEST_CASE("client: a request over the line limit is refused before it is sent") {
  FakeService service;
  SocketServer server(service);
  Client client = greet(server);
  CommitRequest request;
  request.message.assign(2 << 20, 'm');
  const auto response = client.call<Commit>(request);
  REQUIRE_FALSE(response);
  CHECK(response.error().code == ErrorCode::invalid);
  CHECK(client.call<Status>({}));
}

TEST_CASE("client: nobody listening is told apart from everything else") {
  const vcs::test::TemporaryFolder folder;
  const auto client = Client::connect(kClock, folder / "agent.sock", {});
  REQUIRE_FALSE(client);
  CHECK(client.error().code == ErrorCode::unavailable);
}
