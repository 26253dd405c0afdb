// SPDX-License-Identifier: Apache-2.0
// Tests of ipc/json_codec.
#include "ipc/json_codec.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "tests/support/message_description.hpp"

using namespace vcs::ipc;
using vcs::base::ErrorCode;
using vcs::test::describe;

namespace {

// Fills any message with random values; texts hold any bytes.
class Filler {
 public:
  explicit Filler(unsigned seed) : random_(seed) {}

  template <typename T>
  void operator()(std::string_view, T& member) {
    value(member);
  }
  void path(std::string_view, std::string& member) {
    do value(member, random_() % 2 == 0);
    while (member.find('\0') != std::string::npos);
  }

  template <typename T>
  T message() {
    T out;
    out.fields(*this);
    return out;
  }

 private:
  void value(std::string& out, bool any_bytes = false) {
    static const char* const kPieces[] = {"a",    "\"", "\\",       "\n",
                                          "\x01", "/",  "\xc3\xa9", "\xf0\x9f\x98\x80"};
    out.clear();
    for (auto n = random_() % 12; n > 0; --n) {
      if (any_bytes)
        out += static_cast<char>(random_());
      else
        out += kPieces[random_() % std::size(kPieces)];
    }
  }
  void value(bool& out) { out = random_() % 2 == 0; }
  void value(Count& out) { out = pick<Count>(); }
  void value(Time& out) { out = vcs::base::unix_nanos(pick<std::int64_t>()); }
  void value(double& out) { out = static_cast<double>(random_()) / 7; }
  template <typename T>
  void value(std::vector<T>& out) {
    out.resize(random_() % 4);
    for (T& element : out) value(element);
  }
  template <vcs::base::Named Enum>
  void value(Enum& out) {
    const auto& names = vcs::base::kNamesOf<Enum>;
    out = names[random_() % names.size()].value;
  }
  template <typename T>
  void value(T& out) {
    out.fields(*this);
  }
  template <typename T>
  T pick() {
    switch (random_() % 4) {
      case 0:
        return std::numeric_limits<T>::max();
      case 1:
        return std::numeric_limits<T>::min();
      case 2:
        return static_cast<T>(random_() % 10);
      default:
        return static_cast<T>(static_cast<Count>(random_()) << 32 | random_());
    }
  }
  std::mt19937 random_;
};

template <typename T>
void check_round_trip() {
  const auto seed = std::random_device{}();
  Filler filler(seed);
  INFO("seed " << seed << ", " << vcs::test::message_name<T>());
  for (int i = 0; i < 100; ++i) {
    const T message = filler.message<T>();
    const std::string text = encode(message);
    REQUIRE(text.find('\n') == std::string::npos);
    REQUIRE(nlohmann::json::accept(text));
    const auto back = decode<T>(text);
    if (!back) FAIL(back.error().message << " in " << text);
    // Encoding is a function of all fields, so equal texts are equal messages.
    REQUIRE(encode(*back) == text);
  }
}

template <typename T>
std::string error_of(const char* text) {
  const auto decoded = decode<T>(text);
  if (decoded) return "no error";
  CHECK(decoded.error().code == ErrorCode::invalid);
  return decoded.error().message;
}

}  // namespace

TEST_CASE("json codec: every message comes back") {
  int messages = 0;
  vcs::test::for_each_message([&]<typename T>() {
    ++messages;
    check_round_trip<T>();
  });
  CHECK(messages > 80);
}

TEST_CASE("json codec: the text of a message is stable") {
  CHECK(encode(Empty{}) == "{}");
  CHECK(encode(StatusRequest{"a \"b\"\x01\\", true}) ==
        R"({"repository":"a \"b\"\u0001\\","wait":true,"synced":false,"patience_seconds":0})");
  CHECK(encode(AuditStatus{vcs::base::unix_nanos(-5), 18446744073709551615U}) ==
        R"({"time":-5,"drift":18446744073709551615})");
  CHECK(encode(HelloRequest{"x", {"a", "b"}}) == R"({"client":"x","features":["a","b"]})");
  AgentStatus agent;
  agent.uptime_seconds = 0.25;
  CHECK(encode(agent).find(R"("uptime_seconds":0.25,)") != std::string::npos);
  agent.uptime_seconds = std::numeric_limits<double>::infinity();
  CHECK(decode<AgentStatus>(encode(agent))->uptime_seconds == 0);
}

TEST_CASE("json codec: bytes of a path that are not UTF-8 travel as base64") {
  const ProblemPath problem{"caf\xe9/\xff", "caf\xe9", ProblemKind::lacking};
  CHECK(encode(problem) ==
        "{\"path_b64\":\"Y2Fm6S//\",\"reason\":\"caf\xef\xbf\xbd\",\"kind\":\"lacking\"}");
  CHECK(decode<ProblemPath>(encode(problem))->path == problem.path);
  CHECK(encode(ProblemPath{"caf\xc3\xa9", "", {}}) ==
        "{\"path\":\"caf\xc3\xa9\",\"reason\":\"\",\"kind\":\"\"}");
}

TEST_CASE("json codec: missing fields keep their default, unknown ones are ignored") {
  CHECK(decode<HelloResponse>("{}")->protocol == 1);
  const auto request =
      decode<StatusRequest>(R"({"later":{"deep":[1,{"x":null}]},"wait":true,"repository":"r"})");
  REQUIRE(request);
  CHECK(request->wait);
  CHECK(request->repository == "r");
}

TEST_CASE("json codec: an error names the field and what it must be") {
  CHECK(error_of<StatusRequest>(R"({"wait":1})") == "field 'wait' must be true or false");
  CHECK(error_of<StatusRequest>(R"({"repository":null})") == "field 'repository' must be text");
  CHECK(error_of<StatusRequest>("[]") == "the message must be an object");
  CHECK(error_of<StatusRequest>("7") == "the message must be an object");
  CHECK(error_of<StatusResponse>(R"({"repositories":[{},{"store":{"packs":-1}}]})") ==
        "field 'repositories[1].store.packs' must be a whole number from 0 on");
  CHECK(error_of<StatusResponse>(R"({"repositories":{}})") ==
        "field 'repositories' must be a list");
  CHECK(error_of<HelloRequest>(R"({"features":["a",1]})") == "field 'features[1]' must be text");
  CHECK(error_of<RestoreRequest>(R"({"target_b64":"?"})") == "field 'target_b64' must be base64");
  CHECK(error_of<RestoreRequest>(R"({"target_b64":5})") == "field 'target_b64' must be text");
  CHECK_THAT(error_of<RestoreRequest>(R"({"target":"a","target_b64":"YQ=="})"),
             Catch::Contains("target_b64"));
  CHECK_THAT(error_of<RestoreRequest>(R"({"target":"a\u0000b"})"), Catch::Contains("zero byte"));
  CHECK(error_of<OwedRequest>(R"({"action":"lose"})") ==
        "field 'action' must be one of: '', 'write', 'give_up'");
  CHECK(error_of<OwedRequest>(R"({"action":7})") == "field 'action' must be text");
}

TEST_CASE("json codec: numbers are whole and in range") {
  CHECK(decode<LogRequest>(R"({"limit":18446744073709551615})")->limit ==
        std::numeric_limits<Count>::max());
  for (const char* limit : {"18446744073709551616", "-1", "1.0", "1e3", "\"1\"", "true"}) {
    INFO(limit);
    CHECK_FALSE(decode<LogRequest>(std::string("{\"limit\":") + limit + "}"));
  }
  CHECK(decode<EventInfo>(R"({"time":-9223372036854775808})")->time == Time::min());
  CHECK_FALSE(decode<EventInfo>(R"({"time":9223372036854775808})"));
  CHECK(decode<AgentStatus>(R"({"uptime_seconds":3})")->uptime_seconds == 3);
  CHECK_FALSE(decode<AgentStatus>(R"({"uptime_seconds":1e999})"));
}

TEST_CASE("json codec: depth and size are bounded") {
  const auto nested = [](int depth) {
    return "{\"x\":" + std::string(static_cast<std::size_t>(depth - 1), '[') +
           std::string(static_cast<std::size_t>(depth - 1), ']') + "}";
  };
  CHECK(decode<Empty>(nested(kMaxMessageDepth)));
  CHECK_FALSE(decode<Empty>(nested(kMaxMessageDepth + 1)));
  CHECK_FALSE(decode<Empty>(std::string(1 << 20, '[')));
  CHECK(decode<Empty>(R"({"x":"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"[[["})"));
  CHECK_FALSE(decode<Empty>("{}" + std::string(kMaxMessageBytes, ' ')));
}

TEST_CASE("json codec: what is not JSON is an error, never a crash") {
  const std::string good = encode(Filler(7).message<StatusResponse>());
  for (std::size_t i = 0; i < good.size(); i += 3)
    CHECK_FALSE(decode<StatusResponse>(good.substr(0, i)));
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    std::string bad = good;
    bad[random() % bad.size()] = static_cast<char>(random());
    const auto decoded = decode<StatusResponse>(bad);
    if (decoded) CHECK(decode<StatusResponse>(encode(*decoded)));
  }
  for (const char* text : {"", "{", "nul", "{\"a\":}", "\xff", "{\"a\":\"\xff\"}", "{} {}"})
    CHECK_FALSE(decode<Empty>(text));
}

TEST_CASE("json codec: fields are listed in their order") {
  CHECK(CommitRequest::kFieldNames ==
        std::array<std::string_view, 3>{"repository", "message", "full"});
  CHECK(Empty::kFieldNames.empty());
  CHECK(describe<InitRequest>().fields[0].name == "folder");
  CHECK(describe<InitRequest>().fields[0].type == "path");
  CHECK(describe<VerifyResponse>().fields[3].type == "list of text");
  CHECK(describe<StatusResponse>().fields[1].type == "list of RepositoryStatus");
}

TEST_CASE("json codec: a field that has another name now is written and read under both") {
  AlarmResponse response{"notes", {}};
  response.alarm.deleted = 60;
  const nlohmann::json both = nlohmann::json::parse(encode(response));
  CHECK(both["alarm"]["deleted"] == 60);
  CHECK(both["brake"] == both["alarm"]);
  for (const char* name : {"alarm", "brake"}) {
    const nlohmann::json one = {{"repository", "notes"}, {name, {{"deleted", 7}}}};
    CHECK(decode<AlarmResponse>(one.dump())->alarm.deleted == 7);
  }
}
