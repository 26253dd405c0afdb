// SPDX-License-Identifier: Apache-2.0
// Tests of ipc/dispatcher.
#include "ipc/dispatcher.hpp"

#include <catch2/catch.hpp>
#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>
#include <vector>

#include "ipc/methods.hpp"
#include "tests/support/fake_service.hpp"

using namespace vcs::ipc;
using nlohmann::json;
using vcs::base::ErrorCode;
using vcs::base::fail;
using vcs::test::FakeService;

namespace {

// Records all output.
class Recorder final : public Output {
 public:
  void write(std::string lines) override {
    const std::lock_guard lock(mutex_);
    text_ += lines;
    changed_.notify_all();
  }
  std::vector<json> messages() const {
    const std::lock_guard lock(mutex_);
    std::vector<json> parsed;
    for (std::size_t start = 0; start < text_.size();) {
      const std::size_t end = text_.find('\n', start);
      REQUIRE(end != std::string::npos);
      parsed.push_back(json::parse(text_.substr(start, end - start)));
      start = end + 1;
    }
    return parsed;
  }
  std::string text() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return text_.size();
  }
  void wait_for(std::size_t bytes) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return text_.size() >= bytes; });
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string text_;
};

struct Talk {
  explicit Talk(ConnectionLimits limits = {}) : connection(service, output, limits) {}

  bool send(const std::string& line) { return connection.receive(line + "\n"); }
  void greet(const std::string& features = "") {
    REQUIRE(send(R"({"jsonrpc":"2.0","id":0,"method":"hello","params":{"client":"test",)"
                 R"("features":[)" +
                 features + "]}}"));
  }
  bool request(int id, const std::string& method, const std::string& params = "{}") {
    std::string line = request_line(std::to_string(id), method, params);
    return connection.receive(line);
  }
  void cancel(int id) { connection.receive(cancel_line(std::to_string(id))); }
  json last() const {
    const auto all = output->messages();
    REQUIRE_FALSE(all.empty());
    return all.back();
  }
  // "<number> <code>" of the last message, which must be an error.
  std::string last_error() const {
    const json message = last();
    INFO(message);
    REQUIRE(message.contains("error"));
    CHECK(message["jsonrpc"] == "2.0");
    CHECK_FALSE(message["error"]["message"].get<std::string>().empty());
    return std::to_string(message["error"]["code"].get<int>()) + " " +
           message["error"]["data"]["code"].get<std::string>();
  }

  FakeService service;
  std::shared_ptr<Recorder> output = std::make_shared<Recorder>();
  Connection connection;
};

const std::vector<json> of_method(const std::vector<json>& messages, const char* method) {
  std::vector<json> found;
  for (const json& message : messages)
    if (message.value("method", "") == method) found.push_back(message);
  return found;
}

CommitInfo commit_number(Count n) {
  CommitInfo commit;
  commit.sequence = n;
  commit.message = std::string(100, 'm');
  return commit;
}

}  // namespace

TEST_CASE("dispatcher: hello comes first, once, and a refused one does not count") {
  Talk talk;
  talk.request(1, "status");
  CHECK(talk.last_error() == "-32600 invalid");
  bool accept = false;
  talk.service.on<Hello>() = [&](HelloRequest request, Reply<Hello> reply) {
    CHECK(request.client == "test");
    if (!accept) return reply.finish(fail(ErrorCode::unsupported, "too old"));
    reply.finish(HelloResponse{"1.2", 1, 42, {}});
  };
  talk.greet();
  CHECK(talk.last_error() == "-32000 unsupported");
  talk.request(2, "status");
  CHECK(talk.last_error() == "-32600 invalid");
  accept = true;
  talk.greet();
  CHECK(talk.last()["result"]["pid"] == 42);
  talk.greet();
  CHECK(talk.last_error() == "-32600 invalid");
  talk.request(3, "status");
  CHECK(talk.last()["result"]["repositories"].empty());
}

TEST_CASE("dispatcher: every method reaches the service and is answered") {
  Talk talk;
  talk.greet(R"("raw")");
  int id = 0;
  Methods::for_each([&]<Method M>() {
    if (std::is_same_v<M, Hello>) return;
    talk.request(++id, M::kName);
    CHECK(talk.last()["id"] == id);
    CHECK(talk.last().contains("result"));
  });
  CHECK(id == Methods::kSize - 1);
}

TEST_CASE("dispatcher: raw bytes follow the line that announces them") {
  Talk talk;
  talk.service.on<Content>() = [](ContentRequest, Reply<Content> reply) {
    ContentResponse response;
    response.size = 9;
    response.raw = std::string("a\nb\0{\xff}", 7);
    reply.finish(response);
  };
  talk.greet(R"("weather","raw")");
  const std::size_t before = talk.output->size();
  talk.request(1, "content", R"({"raw":true})");
  const std::string answer = talk.output->text().substr(before);
  const std::size_t end = answer.find('\n') + 1;
  const json head = json::parse(answer.substr(0, end));
  CHECK(head["raw_bytes"] == 7);
  CHECK(head["result"]["size"] == 9);
  CHECK_FALSE(head["result"].contains("raw"));
  CHECK(answer.substr(end) == std::string("a\nb\0{\xff}", 7));
}

TEST_CASE("dispatcher: raw bytes are sent only to a client that takes them") {
  Talk talk;
  talk.greet(R"("weather")");
  talk.request(1, "content", R"({"raw":true})");
  CHECK(talk.last_error() == "-32602 unsupported");
  talk.request(2, "contents");
  CHECK(talk.last_error() == "-32602 unsupported");
  talk.request(3, "content");
  CHECK(talk.last().contains("result"));
}

TEST_CASE("dispatcher: items in one batch have their raw bytes behind it in order") {
  Talk talk;
  const std::size_t large = kMaxRawBytes - 10;
  talk.service.on<Contents>() = [&](ContentsRequest, Reply<Contents> reply) {
    // The first batch is sent at once; the second is cut before it would announce too many bytes.
    for (const std::size_t length : {std::size_t{3}, std::size_t{100}, std::size_t{20}, large}) {
      ContentPiece piece;
      piece.raw = std::string(length, static_cast<char>('a' + length % 26));
      piece.length = length;
      CHECK(reply.item(piece));
      talk.connection.written(talk.output->size());
    }
    reply.finish(StreamEnd{4});
  };
  talk.greet(R"("raw")");
  std::size_t position = talk.output->size();
  talk.request(1, "contents");
  const std::string text = talk.output->text();
  std::vector<std::size_t> lengths;
  while (position < text.size()) {
    const std::size_t end = text.find('\n', position) + 1;
    const json message = json::parse(text.substr(position, end - position));
    position = end;
    if (message.contains("result")) break;
    CHECK(message["raw_bytes"].get<std::size_t>() <= kMaxRawBytes);
    std::size_t left = message["raw_bytes"];
    for (const json& item : message["params"]["items"]) {
      const std::size_t length = item["length"];
      CHECK(text.substr(position, length) ==
            std::string(length, static_cast<char>('a' + length % 26)));
      lengths.push_back(length);
      position += length;
      left -= length;
    }
    CHECK(left == 0);
  }
  CHECK(position == text.size());
  CHECK(lengths == std::vector<std::size_t>{3, 100, 20, large});
}

TEST_CASE("dispatcher: what is wrong is told, and the connection lives on") {
  Talk talk;
  talk.greet();
  const std::pair<const char*, const char*> cases[] = {
      {"{", "-32700 invalid"},
      {"\xff\xfe", "-32700 invalid"},
      {"[]", "-32600 invalid"},
      {R"([{"jsonrpc":"2.0","id":1,"method":"status"}])", "-32600 invalid"},
      {"7", "-32600 invalid"},
      {"{}", "-32600 invalid"},
      {R"({"id":1,"method":"status"})", "-32600 invalid"},
      {R"({"jsonrpc":"1.0","id":1,"method":"status"})", "-32600 invalid"},
      {R"({"jsonrpc":"2.0","id":1})", "-32600 invalid"},
      {R"({"jsonrpc":"2.0","id":1,"method":5})", "-32600 invalid"},
      {R"({"jsonrpc":"2.0","id":null,"method":"status"})", "-32600 invalid"},
      {R"({"jsonrpc":"2.0","id":1.5,"method":"status"})", "-32600 invalid"},
      {R"({"jsonrpc":"2.0","id":123456789012345678901234567890,"method":"status"})",
       "-32600 invalid"},
      {R"({"jsonrpc":"2.0","id":{},"method":"status"})", "-32600 invalid"},
      {R"({"jsonrpc":"2.0","id":1,"method":"status","params":[]})", "-32602 invalid"},
      {R"({"jsonrpc":"2.0","id":1,"method":"status","params":{"wait":"yes"}})", "-32602 invalid"},
      {R"({"jsonrpc":"2.0","id":1,"method":"rm -rf"})", "-32601 unsupported"},
      {R"({"jsonrpc":"2.0","id":1,"method":""})", "-32601 unsupported"},
  };
  for (const auto& [line, expected] : cases) {
    INFO(line);
    REQUIRE(talk.send(line));
    CHECK(talk.last_error() == expected);
  }
  const std::string long_id(129, 'i');
  talk.send(R"({"jsonrpc":"2.0","method":"status","id":")" + long_id + "\"}");
  CHECK(talk.last_error() == "-32600 invalid");
  talk.request(9, "status");
  CHECK(talk.last()["id"] == 9);
  CHECK(talk.last().contains("result"));
}

TEST_CASE("dispatcher: ids come back as they were") {
  Talk talk;
  talk.greet();
  for (const char* id :
       {"0", "-5", "18446744073709551615", "-9223372036854775808", "\"\"", "\"a\\\"\\u00e9\\n\""}) {
    talk.send(std::string(R"({"jsonrpc":"2.0","method":"doctor","id":)") + id + "}");
    CHECK(talk.last()["id"] == json::parse(id));
    CHECK(talk.last().contains("result"));
  }
}

TEST_CASE("dispatcher: notifications are not answered and not executed") {
  Talk talk;
  talk.greet();
  talk.service.on<Stop>() = [](StopRequest, Reply<Stop>) { FAIL("stop was called"); };
  const std::size_t before = talk.output->size();
  talk.send(R"({"jsonrpc":"2.0","method":"stop"})");
  talk.send(R"({"jsonrpc":"2.0","method":"unheard"})");
  talk.send(R"({"jsonrpc":"2.0","method":"cancel"})");
  talk.send(R"({"jsonrpc":"2.0","method":"cancel","params":{"id":[]}})");
  talk.cancel(77);
  CHECK(talk.output->size() == before);
}

TEST_CASE("dispatcher: an oversized line gets an error and ends the connection") {
  Talk talk({.line_bytes = 1000});
  talk.greet();
  CHECK_FALSE(talk.connection.receive(std::string(2000, 'x')));
  CHECK(talk.last_error() == "-32600 invalid");
  CHECK(talk.last()["id"].is_null());
  CHECK_FALSE(talk.connection.receive("{}\n"));
}

TEST_CASE("dispatcher: an error of the service keeps its code and message") {
  Talk talk;
  talk.greet();
  talk.service.on<Commit>() = [](CommitRequest, Reply<Commit> reply) {
    reply.finish(fail(ErrorCode::no_space, "the disk is \"full\""));
  };
  talk.request(1, "commit");
  CHECK(talk.last_error() == "-32000 no_space");
  CHECK(talk.last()["error"]["message"] == "the disk is \"full\"");
}

TEST_CASE("dispatcher: replies may come in any order and from other threads") {
  Talk talk;
  talk.greet();
  std::vector<Reply<Commit>> replies;
  talk.service.on<Commit>() = [&](CommitRequest, Reply<Commit> reply) { replies.push_back(reply); };
  for (int id = 1; id <= 8; ++id) talk.request(id, "commit");
  CHECK_FALSE(talk.connection.idle());
  talk.request(3, "commit");
  CHECK(talk.last_error() == "-32600 invalid");  // the id is in use
  std::vector<std::thread> threads;
  for (const auto& reply : replies)
    threads.emplace_back([reply] {
      reply.progress({Stage::committing, 1, 2, 3, 4});
      reply.finish(CommitResponse{});
    });
  for (auto& thread : threads) thread.join();
  std::vector<int> ids;
  for (const json& message : talk.output->messages())
    if (message.contains("result")) ids.push_back(message["id"]);
  std::sort(ids.begin(), ids.end());
  CHECK(ids == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8});
  const auto progress = of_method(talk.output->messages(), "progress");
  REQUIRE(progress.size() == 8);
  CHECK(progress[0]["params"]["progress"]["bytes_total"] == 4);
  talk.connection.written(talk.output->size());
  CHECK(talk.connection.idle());
}

TEST_CASE("dispatcher: requests at work are limited, and a finished one makes room") {
  Talk talk({.outstanding = 3});
  talk.greet();
  std::vector<Reply<Commit>> replies;
  talk.service.on<Commit>() = [&](CommitRequest, Reply<Commit> reply) { replies.push_back(reply); };
  for (int id = 1; id <= 4; ++id) talk.request(id, "commit");
  CHECK(talk.last_error() == "-32000 busy");
  CHECK(replies.size() == 3);
  // Cancelling frees no place, because the work still goes on.
  talk.cancel(2);
  CHECK(talk.last_error() == "-32000 cancelled");
  talk.request(5, "commit");
  CHECK(talk.last_error() == "-32000 busy");
  const std::size_t before = talk.output->size();
  replies[1].finish(CommitResponse{});
  CHECK(talk.output->size() == before);  // the request was answered before
  talk.request(6, "commit");
  CHECK(replies.size() == 4);
}

TEST_CASE("dispatcher: a request that the service forgets is answered") {
  Talk talk;
  talk.greet();
  talk.service.on<Doctor>() = [](DoctorRequest, Reply<Doctor>) {};
  talk.request(1, "doctor");
  CHECK(talk.last_error() == "-32000 unavailable");
}

TEST_CASE("dispatcher: items arrive in order, soon, and in batches") {
  Talk talk;
  talk.greet();
  constexpr Count kItems = 5000;
  talk.service.on<Log>() = [&](LogRequest, Reply<Log> reply) {
    for (Count n = 0; n < kItems; ++n) {
      REQUIRE(reply.item(commit_number(n)));
      talk.connection.written(talk.output->size());
      if (n == 0) CHECK(of_method(talk.output->messages(), "items").size() == 1);
    }
    reply.finish(StreamEnd{kItems});
  };
  talk.request(4, "log");
  const auto messages = talk.output->messages();
  Count next = 0;
  for (const json& batch : of_method(messages, "items")) {
    CHECK(batch["params"]["id"] == 4);
    CHECK(batch.dump().size() < 66000);
    for (const json& item : batch["params"]["items"]) REQUIRE(item["sequence"] == next++);
  }
  CHECK(next == kItems);
  CHECK(messages.size() < 60);
  CHECK(messages.back()["result"]["items"] == kItems);
}

TEST_CASE("dispatcher: a stream waits for a slow client and goes on when it reads") {
  Talk talk({.unsent_bytes = 10000, .batch_bytes = 1000});
  talk.greet();
  std::optional<Reply<Log>> reply;
  talk.service.on<Log>() = [&](LogRequest, Reply<Log> given) { reply = given; };
  talk.request(1, "log");
  std::thread worker([&] {
    Count n = 0;
    while (n < 500 && reply->item(commit_number(n))) ++n;
    reply->finish(StreamEnd{n});
    reply.reset();
  });
  talk.output->wait_for(10000);
  std::size_t released = 0;
  while (!talk.connection.idle()) {
    // The unsent output never exceeds the limit and one batch.
    const std::size_t size = talk.output->size();
    REQUIRE(size - released <= 13000);
    talk.connection.written(size - released);
    released = size;
    std::this_thread::yield();
  }
  worker.join();
  CHECK(talk.last()["result"]["items"] == 500);
}

TEST_CASE("dispatcher: a waiting stream wakes up when it is cancelled or its client goes") {
  const bool cancelled = GENERATE(true, false);
  Talk talk({.unsent_bytes = 5000, .batch_bytes = 1000});
  talk.greet();
  std::optional<Reply<Log>> reply;
  talk.service.on<Log>() = [&](LogRequest, Reply<Log> given) { reply = given; };
  talk.request(1, "log");
  std::thread worker([&] {
    while (reply->item(commit_number(0))) {
    }
    CHECK(reply->cancelled());
    reply->finish(fail(ErrorCode::cancelled, "as you wish"));
  });
  talk.output->wait_for(5000);
  if (cancelled)
    talk.cancel(1);
  else
    talk.connection.close();
  worker.join();
  if (cancelled) CHECK(talk.last_error() == "-32000 cancelled");
  if (!cancelled) CHECK_FALSE(talk.last().contains("error"));
}

TEST_CASE("dispatcher: events go out at once; a client too slow for them loses the stream") {
  Talk talk({.unsent_bytes = 2000});
  talk.greet();
  std::optional<Reply<Events>> reply;
  talk.service.on<Events>() = [&](EventsRequest, Reply<Events> given) { reply = given; };
  talk.request(1, "events");
  const EventInfo event{vcs::base::unix_nanos(1), "r", "commit", "text", ""};
  REQUIRE(reply->item(event));
  CHECK(talk.last()["params"]["items"][0]["event"] == "commit");
  int sent = 1;
  while (reply->item(event) && sent < 1000) ++sent;
  CHECK(sent < 30);
  CHECK(talk.last_error() == "-32000 unavailable");
  const std::size_t before = talk.output->size();
  reply->finish(StreamEnd{});
  CHECK(talk.output->size() == before);
  talk.connection.written(before);
  CHECK(talk.connection.idle());
}

TEST_CASE("dispatcher: cancelled events end at once") {
  Talk talk;
  talk.greet();
  std::optional<Reply<Events>> reply;
  talk.service.on<Events>() = [&](EventsRequest, Reply<Events> given) { reply = given; };
  talk.request(1, "events");
  talk.cancel(1);
  CHECK(talk.last_error() == "-32000 cancelled");
  CHECK_FALSE(reply->item({}));
}

TEST_CASE("dispatcher: replies after the connection has died fall on soft ground") {
  std::vector<Reply<Commit>> replies;
  std::optional<Reply<Log>> stream;
  std::weak_ptr<Recorder> output;
  {
    Talk talk;
    output = talk.output;
    talk.greet();
    talk.service.on<Commit>() = [&](CommitRequest, Reply<Commit> reply) {
      replies.push_back(reply);
    };
    talk.service.on<Log>() = [&](LogRequest, Reply<Log> reply) { stream = reply; };
    talk.request(1, "commit");
    talk.request(2, "commit");
    talk.request(3, "log");
  }
  CHECK(output.expired());
  replies[0].progress({});
  replies[0].finish(CommitResponse{});
  CHECK_FALSE(stream->item({}));
  CHECK(stream->cancelled());
  stream->finish(StreamEnd{});
}

TEST_CASE("dispatcher: a client that asks without reading is not read any further") {
  Talk talk({.unsent_bytes = 1000});
  talk.greet();
  CHECK(talk.connection.wants_input());
  int asked = 0;
  while (talk.connection.wants_input() && asked < 1000) talk.request(++asked, "repo.list");
  CHECK(asked < 100);
  talk.connection.written(talk.output->size());
  CHECK(talk.connection.wants_input());
}

TEST_CASE("dispatcher: when the agent goes, work is finished and events end") {
  Talk talk;
  talk.greet();
  std::optional<Reply<Commit>> commit;
  std::optional<Reply<Events>> events;
  talk.service.on<Commit>() = [&](CommitRequest, Reply<Commit> reply) { commit = reply; };
  talk.service.on<Events>() = [&](EventsRequest, Reply<Events> reply) { events = reply; };
  talk.request(1, "commit");
  talk.request(2, "events");
  talk.connection.drain();
  CHECK(talk.last()["id"] == 2);
  CHECK(talk.last_error() == "-32000 unavailable");
  CHECK_FALSE(events->item({}));
  talk.request(3, "status");
  CHECK(talk.last()["id"] == 3);
  CHECK(talk.last_error() == "-32000 unavailable");
  talk.connection.written(talk.output->size());
  CHECK_FALSE(talk.connection.idle());
  commit->finish(CommitResponse{});
  CHECK(talk.last()["id"] == 1);
  talk.connection.written(talk.output->size());
  CHECK(talk.connection.idle());
}
