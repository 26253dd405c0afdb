// SPDX-License-Identifier: Apache-2.0
// docs/protocol.md and the code must agree.

#include <catch2/catch.hpp>
#include <map>
#include <sstream>

#include "core/base/result.hpp"
#include "ipc/dispatcher.hpp"
#include "ipc/envelope.hpp"
#include "tests/support/fake_service.hpp"
#include "tests/support/message_description.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace vcs::ipc;
using vcs::test::message_name;

namespace {

std::vector<std::string> document_lines() {
  std::istringstream text(vcs::test::read_file(VCS_SOURCE_DIR "/docs/protocol.md"));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

// The cells of "| `name` | type | meaning |".
std::vector<std::string> cells(const std::string& row) {
  std::vector<std::string> found;
  std::istringstream text(row.substr(1));
  for (std::string cell; std::getline(text, cell, '|');) {
    const auto first = cell.find_first_not_of(" `"), last = cell.find_last_not_of(" `");
    found.push_back(first == std::string::npos ? "" : cell.substr(first, last - first + 1));
  }
  return found;
}

struct Document {
  std::map<std::string, std::string> methods;  // name -> signature
  std::map<std::string, std::vector<std::pair<std::string, std::string>>> messages;
  std::vector<std::string> examples;
};

Document read_document() {
  Document document;
  std::string method, message;
  bool in_example = false;
  for (const std::string& line : document_lines()) {
    if (line.starts_with("#")) message.clear();
    if (line.starts_with("```")) {
      in_example = line == "```json";
    } else if (in_example) {
      document.examples.push_back(line);
    } else if (line.starts_with("### `")) {
      method = line.substr(5, line.size() - 6);
    } else if (line.starts_with("Request: ")) {
      CHECK(document.methods.emplace(method, line).second);
    } else if (line.starts_with("#### ")) {
      message = line.substr(5);
      CHECK(document.messages.try_emplace(message).second);
    } else if (line.starts_with("| `") && !message.empty()) {
      const auto row = cells(line);
      REQUIRE(row.size() == 3);
      CHECK_FALSE(row[2].empty());
      document.messages[message].emplace_back(row[0], row[1]);
    }
  }
  return document;
}

template <Method M>
std::string signature() {
  std::string text = "Request: " + message_name<typename M::Request>();
  if constexpr (StreamMethod<M>) text += " · Items: " + message_name<typename M::Item>();
  return text + " · Response: " + message_name<typename M::Response>();
}

class Discard final : public Output {
 public:
  void write(std::string lines) override { text += lines; }
  std::string text;
};

}  // namespace

TEST_CASE("protocol document: it has every method with its types, and no other") {
  std::map<std::string, std::string> methods;
  Methods::for_each([&]<Method M>() { CHECK(methods.emplace(M::kName, signature<M>()).second); });
  CHECK(read_document().methods == methods);
}

TEST_CASE("protocol document: it has every type with its fields in order, and no other") {
  const Document document = read_document();
  const auto messages = vcs::test::describe_messages();
  CHECK(document.messages.size() == messages.size());
  for (const auto& message : messages) {
    INFO(message.name);
    REQUIRE(document.messages.contains(message.name));
    std::vector<std::pair<std::string, std::string>> fields;
    for (const auto& field : message.fields) fields.emplace_back(field.name, field.type);
    CHECK(document.messages.at(message.name) == fields);
  }
}

TEST_CASE("protocol document: it has every error code") {
  const std::string text = vcs::test::read_file(VCS_SOURCE_DIR "/docs/protocol.md");
  for (const auto& [code, name] : vcs::base::kNamesOf<vcs::base::ErrorCode>) {
    INFO(name);
    CHECK(text.find(fmt::format("`{}`", name)) != std::string::npos);
  }
}

TEST_CASE("protocol document: its examples are what both sides accept") {
  const Document document = read_document();
  CHECK(document.examples.size() > 20);
  for (const std::string& example : document.examples) {
    INFO(example);
    const auto answer = parse_answer(example);
    REQUIRE(answer);
    if (answer->kind != IncomingAnswer::Kind::other) continue;
    vcs::test::FakeService service;
    const auto output = std::make_shared<Discard>();
    Connection connection(service, output);
    if (example.find("\"hello\"") == std::string::npos)
      connection.receive(request_line("0", "hello", R"({"features":["raw"]})"));
    CHECK(connection.receive(example + "\n"));
    CHECK(output->text.find("\"error\"") == std::string::npos);
  }
}
