// SPDX-License-Identifier: Apache-2.0
// The writer of --json, to the byte: programs read it.
#include "cli/render/json.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "ipc/messages/common.hpp"

using namespace vcs;
using namespace vcs::cli;

namespace {

template <typename T>
std::string json_of(const T& value) {
  std::string out;
  append_json(out, value);
  return out;
}

ipc::ProblemPath problem(std::string path) {
  return {std::move(path), "why", ipc::ProblemKind::unreadable};
}

}  // namespace

TEST_CASE("json: an object holds what there is to say of each kind") {
  JsonObject object;
  CHECK(json_of(object) == "{}");
  object.field("text", "a").field("string", std::string("b")).field("yes", true);
  object.field("count", ipc::Count{7}).field("time", base::unix_nanos(-1)).field("share", 0.5);
  CHECK(json_of(object) ==
        R"({"text":"a","string":"b","yes":true,"count":7,"time":-1,"share":0.5})");
}

TEST_CASE("json: text and names are escaped, and paths keep their bytes") {
  CHECK(json_of(JsonObject().field("a", "\"\\\n\x01{}[],:")) ==
        "{\"a\":\"\\\"\\\\\\n\\u0001{}[],:\"}");
  CHECK(json_of(JsonObject().field("a", "\xff")) == "{\"a\":\"\xef\xbf\xbd\"}");
  CHECK(json_of(JsonObject().field("a", problem("\xff"))) ==
        R"({"a":{"path_b64":"/w==","reason":"why","kind":"unreadable"}})");
}

TEST_CASE("json: objects lie in objects, and lists in them") {
  const JsonObject inner = JsonObject().field("b", std::vector<std::string>{"x", "y"});
  CHECK(json_of(JsonObject().field("a", inner).field("c", std::vector<ipc::ProblemPath>{})) ==
        R"({"a":{"b":["x","y"]},"c":[]})");
  CHECK(json_of(JsonObject().field("a", JsonObject()).field("b", JsonObject())) ==
        R"({"a":{},"b":{}})");
}

TEST_CASE("json: a message is continued, also one without fields") {
  CHECK(json_of(JsonObject::of(ipc::StreamEnd{3}).field("more", true)) ==
        R"({"items":3,"more":true})");
  CHECK(json_of(JsonObject::of(ipc::Empty{}).field("more", true)) == R"({"more":true})");
  CHECK(json_of(JsonObject::of(ipc::StreamEnd{3})) == ipc::encode(ipc::StreamEnd{3}));
}

TEST_CASE("json: what is not there is null") {
  const ipc::StreamEnd end{3};
  const ipc::StreamEnd* none = nullptr;
  CHECK(json_of(JsonObject().field("a", &end).field("b", none)) == R"({"a":{"items":3},"b":null})");
}

TEST_CASE("json: items stand a line each in the object that waited for them") {
  JsonItems items;
  CHECK(json_of(JsonObject().field("items", items)) == R"({"items":[]})");
  items.add(ipc::StreamEnd{1});
  CHECK(json_of(items) == "[\n{\"items\":1}\n]");
  items.add(JsonObject().field("b", "2"));
  CHECK(json_of(JsonObject().field("items", items).field("end", true)) ==
        "{\"items\":[\n{\"items\":1},\n{\"b\":\"2\"}\n],\"end\":true}");
  JsonItems close(JsonItems::End::behind_last);
  CHECK(json_of(close) == "[]");
  close.add("a");
  close.add("b");
  CHECK(json_of(close) == "[\n\"a\",\n\"b\"]");
}

TEST_CASE("json: an array is written as its elements come") {
  TextOutput out;
  JsonArray array(out);
  CHECK(out.text().empty());
  array.add(ipc::StreamEnd{1});
  CHECK(out.text() == "[\n{\"items\":1}");
  array.add(ipc::StreamEnd{2});
  CHECK(out.text() == "[\n{\"items\":1},\n{\"items\":2}");
  array.close();
  CHECK(out.text() == "[\n{\"items\":1},\n{\"items\":2}\n]\n");
}

TEST_CASE("json: an empty array is one line") {
  TextOutput out;
  JsonArray(out).close();
  CHECK(out.text() == "[]\n");
}

TEST_CASE("json: a line is a message or an object") {
  TextOutput out;
  print_json(out, ipc::Empty{});
  print_json(out, JsonObject().field("a", ipc::Empty{}));
  CHECK(out.text() == "{}\n{\"a\":{}}\n");
}

TEST_CASE("json: what was written can be read, whatever the texts are") {
  std::string every;
  for (int c = 0; c < 128; ++c) every += static_cast<char>(c);
  JsonItems items;
  items.add(JsonObject().field("name", every));
  items.add(JsonObject().field("name", "{["));
  const auto read = nlohmann::json::parse(json_of(JsonObject().field("items", items)));
  REQUIRE(read["items"].size() == 2);
  CHECK(read["items"][0]["name"] == every);
  CHECK(read["items"][1]["name"] == "{[");
}
