// SPDX-License-Identifier: Apache-2.0
// Contents over the socket, from a real agent: whole, in parts, many at once, and by their ids.
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <random>

#include "ipc/base64.hpp"
#include "ipc/methods.hpp"
#include "tests/support/desk.hpp"
#include "tests/support/must.hpp"

using namespace vcs;
using test::must;

namespace {

std::string random_bytes(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::string bytes(count, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

// Files of every kind that contents come in: none, one blob, a list of chunks, holes.
std::map<std::string, std::string> write_samples(test::Desk& desk) {
  std::map<std::string, std::string> samples{
      {"empty", ""},
      {"newlines", std::string(5000, '\n')},
      {"json", R"({"raw_bytes":7})"},
      {"large", random_bytes(9'000'000, 1)},
      {"holes", random_bytes(10, 2) + std::string(20'000'000, '\0') + random_bytes(10, 3)},
  };
  for (const auto& [name, bytes] : samples) test::write_file(desk.folder / name, bytes);
  return samples;
}

std::map<std::string, std::string> content_ids(test::Desk& desk) {
  std::map<std::string, std::string> ids;
  must(desk.client().stream<ipc::Ls>({"desk", "HEAD", "", true}, [&](const ipc::EntryInfo& entry) {
    ids[entry.path] = entry.id;
    return true;
  }));
  return ids;
}

}  // namespace

TEST_CASE("contents: show gives the lines that a save changed, also of the first one") {
  test::Desk desk;
  test::write_file(desk.folder / "a", "one\n");
  desk.watch();
  test::write_file(desk.folder / "a", "two\n");
  desk.commit();
  const auto shown = desk.agent.ctl({"show", "-p", "HEAD", "-r", "desk"});
  CHECK(shown.out.find("--- a/a\n+++ b/a\n@@ -1 +1 @@\n-one\n+two\n") != std::string::npos);
  const auto first = desk.agent.ctl({"show", "--patch", "HEAD~1", "-r", "desk"});
  CHECK(first.out.find("--- /dev/null\n+++ b/a\n@@ -0,0 +1 @@\n+one\n") != std::string::npos);
  CHECK(desk.agent.ctl({"show", "HEAD", "-r", "desk"}).out.find("+two") == std::string::npos);
}

TEST_CASE("contents: show and diff count the lines of each file") {
  test::Desk desk;
  test::write_file(desk.folder / "a", "one\ntwo\n");
  test::write_file(desk.folder / "zeros", std::string(1000, '\0'));
  desk.watch();
  test::write_file(desk.folder / "a", "one\n2\nthree\n");
  test::write_file(desk.folder / "zeros", std::string(2000, '\0'));
  desk.commit();
  const std::string table =
      " a     | 3 ++-\n"
      " zeros | 1.00 kB -> 2.00 kB\n"
      " 2 paths changed, 2 lines added, 1 line removed\n";
  const auto shown = desk.agent.ctl({"show", "--stat", "-r", "desk"});
  CAPTURE(shown.out);
  CHECK(shown.out.ends_with("\n" + table));
  CHECK(desk.agent.ctl({"diff", "--stat", "-r", "desk"}).out == table);
  CHECK(desk.agent.ctl({"diff", "--stat", "HEAD~1", "HEAD", "a", "-r", "desk"}).out ==
        " a | 3 ++-\n 1 path changed, 2 lines added, 1 line removed\n");
  const auto both = desk.agent.ctl({"show", "--stat", "-p", "HEAD~1", "-r", "desk"});
  CHECK(both.out.find(" a     | 2 ++\n") < both.out.find("+++ b/a\n"));
}

TEST_CASE("contents: cat and diff give every byte, raw and encoded") {
  test::Desk desk;
  const auto samples = write_samples(desk);
  desk.watch();
  for (const auto& [name, bytes] : samples) {
    INFO(name);
    CHECK(desk.agent.ctl({"cat", "HEAD:" + name, "-r", "desk"}).out == bytes);
  }
  CHECK(desk.agent.ctl({"cat", "HEAD:json", "--json", "-r", "desk"}).out.find("data_b64") !=
        std::string::npos);
}

TEST_CASE("contents: parts by path and by id are those of the file") {
  test::Desk desk;
  const auto samples = write_samples(desk);
  desk.watch();
  const auto ids = content_ids(desk);
  std::mt19937 random(4);
  for (int round = 0; round < 200; ++round) {
    const auto& [name, bytes] = *std::next(samples.begin(), static_cast<int>(random() % 5));
    ipc::ContentRequest request{"desk", "HEAD", name};
    if (random() % 2) request = {"desk", "", "", 0, 0, false, ids.at(name)};
    request.offset = bytes.empty() ? random() % 3 : random() % (bytes.size() + 3);
    request.length = 1 + random() % 3'000'000;
    request.raw = random() % 2;
    INFO(name << " at " << request.offset << ", " << request.length);
    const auto piece = must(desk.client().call<ipc::Content>(request));
    std::string got = piece.raw;
    if (!request.raw) REQUIRE(ipc::from_base64(piece.data_b64, got));
    const std::size_t most =
        request.raw ? request.length : std::min<std::size_t>(request.length, 524'288);
    const std::size_t from = std::min<std::size_t>(request.offset, bytes.size());
    CHECK(got == bytes.substr(from, most));
    CHECK(piece.size == bytes.size());
  }
}

TEST_CASE("contents: many come in one answer, and one that is missing costs no other") {
  test::Desk desk;
  auto samples = write_samples(desk);
  for (int i = 0; i < 300; ++i) {
    const std::string name = "small" + std::to_string(i);
    test::write_file(desk.folder / name,
                     samples[name] = random_bytes(static_cast<std::size_t>(i) * 7, 5));
  }
  desk.watch();
  const auto ids = content_ids(desk);
  ipc::ContentsRequest request{"desk", {}, 0, 0};
  std::vector<std::string> names;
  for (const auto& [name, bytes] : samples) {
    request.ids.push_back(ids.at(name));
    names.push_back(name);
  }
  const std::size_t missing = 3;
  request.ids.insert(request.ids.begin() + missing, std::string(64, 'e'));
  names.insert(names.begin() + missing, "");
  request.ids.insert(request.ids.begin(), "no id");
  names.insert(names.begin(), "");
  const std::uint64_t limit = GENERATE(0, 100, 5'000'000);
  request.limit = limit;
  std::size_t at = 0;
  std::string bytes;
  std::map<std::string, std::string> got;
  std::vector<std::string> errors;
  must(desk.client().stream<ipc::Contents>(request, [&](const ipc::ContentPiece& piece) {
    while (request.ids[at] != piece.id) ++at;
    if (!piece.error.empty()) errors.push_back(piece.id);
    CHECK(got[names[at]].size() == piece.offset);
    got[names[at]] += piece.raw;
    return true;
  }));
  CHECK(errors == std::vector<std::string>{"no id", std::string(64, 'e')});
  got.erase("");
  REQUIRE(got.size() == samples.size());
  for (const auto& [name, content] : samples) {
    INFO(name);
    CHECK(got[name] == (limit == 0 ? content : content.substr(0, limit)));
  }
}

TEST_CASE("contents: the log of a folder names what happened in it before the folder itself") {
  test::Desk desk;
  std::filesystem::create_directory(desk.folder / "fol");
  for (const char* name : {"a", "b"}) test::write_file(desk.folder / "fol/" + name, "1");
  desk.watch();
  std::filesystem::remove(desk.folder / "fol/b");
  test::write_file(desk.folder / "fol/c", "3");
  desk.commit();
  const auto paths = desk.agent.json({"log", "fol", "--paths", "-r", "desk"})[0]["paths"];
  REQUIRE(paths.size() >= 2);
  CHECK(paths[0]["path"] == "fol/b");
  CHECK(paths[1]["path"] == "fol/c");
  const auto log = desk.agent.ctl({"log", "fol", "-n", "1", "-r", "desk"});
  CHECK(log.out.find("fol/b") != std::string::npos);
}

TEST_CASE("contents: diff takes ranges as git does, and a path that neither side has is an error") {
  test::Desk desk;
  test::write_file(desk.folder / "a", "one\n");
  desk.watch();
  test::write_file(desk.folder / "a", "two\n");
  desk.commit();
  const auto run = [&](std::vector<std::string> words) {
    words.insert(words.end(), {"-r", "desk"});
    return desk.agent.ctl(words);
  };
  CHECK(run({"diff", "HEAD~1.."}).out == "M  a\n");
  CHECK(run({"diff", "..HEAD~1"}).out == "M  a\n");
  CHECK(run({"diff", "HEAD~1", "HEAD", "a"}).status == 0);
  CHECK(run({"diff", "HEAD", "HEAD", "a"}).status == 0);
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"diff", "HEAD", "nosuch"}, {"diff", "HEAD~1", "HEAD", "nosuch"}}) {
    const auto refused = run(words);
    CHECK(refused.status == 1);
    CHECK(refused.err.find("'nosuch' is in neither of the two commits") != std::string::npos);
  }
  for (const char* command : {"show", "log", "ls"}) {
    const auto refused = run({command, "HEAD~1..HEAD"});
    CHECK(refused.status == 1);
    CHECK(refused.err.find("ranges are for diff: vcsctl diff HEAD~1 HEAD") != std::string::npos);
  }
}
