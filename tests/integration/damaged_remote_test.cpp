// SPDX-License-Identifier: Apache-2.0
// A remote that is the last copy and is damaged, as a person meets it.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/desk.hpp"
#include "tests/support/eventually.hpp"

namespace {

using namespace vcs;
using test::CommandResult;
using test::read_file;
using test::TemporaryFolder;
using test::write_file;
namespace fs = std::filesystem;

constexpr int kFiles = 30;

std::string text(int n, const std::string& version) {
  std::string out;
  for (int line = 0; line < 30; ++line)
    out += fmt::format("{} line {} of file {}: {}\n", version, line, n, (n * 7919 + line * 104729));
  return out;
}

std::vector<std::string> packs_of(const std::string& remote) {
  std::vector<std::string> packs;
  for (const auto& entry : fs::recursive_directory_iterator(remote + "/packs"))
    if (entry.is_regular_file()) packs.push_back(entry.path().string());
  std::sort(packs.begin(), packs.end());
  return packs;
}

// Two commits at a remote, each in packs of its own; the agent that made them is gone.
struct LastCopy {
  TemporaryFolder place;
  std::vector<std::string> first, second;  // packs
  test::RealAgent agent;

  LastCopy() {
    test::Desk desk;
    for (int n = 0; n < kFiles; ++n)
      write_file(desk.folder / fmt::format("f{}", n), text(n, "old"));
    desk.watch();
    desk.agent.json({"remote", "add", "disk", remote(), "-r", "desk"});
    REQUIRE(desk.agent.ctl({"sync", "--wait"}).status == 0);
    first = packs_of(remote());
    write_file(desk.folder / "f1", text(1, "new"));
    desk.commit();
    REQUIRE(desk.agent.ctl({"sync", "--wait"}).status == 0);
    for (const std::string& pack : packs_of(remote()))
      if (std::find(first.begin(), first.end(), pack) == first.end()) second.push_back(pack);
    REQUIRE_FALSE(second.empty());
    agent.start();
  }
  std::string remote() const { return place / "remote"; }
  std::string out() const { return place / "out"; }
  int right_files(const std::string& folder) const {
    int right = 0;
    for (int n = 0; n < kFiles; ++n) {
      const std::string path = folder + fmt::format("/f{}", n);
      if (!fs::exists(path)) continue;
      const std::string content = read_file(path);
      CHECK((content == text(n, "old") || (n == 1 && content == text(n, "new"))));
      ++right;
    }
    return right;
  }
};

void flip(const std::string& path, std::size_t at) {
  std::string bytes = read_file(path);
  bytes.at(at) ^= 8;
  write_file(path, bytes);
}

}  // namespace

TEST_CASE(
    "damaged remote: one flipped bit anywhere in a pack costs nothing, by clone and restore") {
  LastCopy copy;
  const std::string pack = copy.first.front();
  const std::string whole = read_file(pack);
  for (const std::size_t part : {1, 3, 5, 7}) {
    write_file(pack, whole);
    flip(pack, whole.size() * part / 8);
    const std::string out = copy.out() + std::to_string(part);
    const CommandResult restored =
        copy.agent.ctl({"restore", "HEAD", "--from", copy.remote(), "--to", out});
    INFO(restored.out << restored.err);
    CHECK(restored.status == 0);
    CHECK(copy.right_files(out) == kFiles);
  }
  CHECK(copy.agent.ctl({"clone", copy.remote(), copy.out()}).status == 0);
  CHECK(copy.right_files(copy.out()) == kFiles);
}

TEST_CASE("damaged remote: a ref that came before its packs gives the state before it") {
  LastCopy copy;
  for (const std::string& pack : copy.second) fs::remove(pack);
  const auto cloned = copy.agent.ctl({"clone", copy.remote(), copy.out(), "--json"});
  CHECK(cloned.status == 1);
  const auto report = nlohmann::json::parse(cloned.out)["result"]["salvage"];
  CHECK_FALSE(report["incomplete"].get<std::string>().empty());
  CHECK_FALSE(report["missed_head"].get<std::string>().empty());
  CHECK(copy.right_files(copy.out()) == kFiles);
  CHECK(read_file(copy.out() + "/f1") == text(1, "old"));
  // It is a repository like any other, and saves go on.
  write_file(copy.out() + "/f2", "after");
  copy.agent.json({"commit"});
  CHECK(copy.agent.ctl({"cat", "HEAD:f2"}).out == "after");
}

TEST_CASE("damaged remote: who was cloned without the newest save hears of it until it is there") {
  LastCopy copy;
  std::map<std::string, std::string> away;
  for (const std::string& pack : copy.second) away[pack] = read_file(pack), fs::remove(pack);
  const auto cloned = copy.agent.ctl({"clone", copy.remote(), copy.out(), "--json"});
  CHECK(cloned.status == 1);
  const std::string newest =
      nlohmann::json::parse(cloned.out)["result"]["salvage"]["missed_head"].get<std::string>();
  const auto status = copy.agent.ctl({"status"});
  CHECK(status.status == 3);
  CHECK(status.out.find("is lost; new saves follow an older one") != std::string::npos);
  const auto same = copy.agent.ctl({"clone", copy.remote(), copy.out()});
  CHECK(same.status == 1);
  CHECK(same.err.find("cannot be fetched yet") != std::string::npos);

  for (const auto& [pack, bytes] : away) write_file(pack, bytes);
  const auto again = copy.agent.ctl({"clone", copy.remote(), copy.out()});
  CHECK(again.status == 1);
  CHECK(again.err.find("can be fetched now; to get it: vcsctl repair -r out") != std::string::npos);
  CHECK(copy.agent.ctl({"repair", "-r", "out"}).status == 0);
  write_file(copy.out() + "/f2", "after");
  copy.agent.json({"commit"});
  CHECK(copy.agent.ctl({"cat", newest + ":f1"}).out == text(1, "new"));
  CHECK(copy.agent.ctl({"repair", "-r", "out"}).status == 0);
  CHECK(test::eventually([&] { return copy.agent.ctl({"status"}).status == 0; }));
}

TEST_CASE("damaged remote: what could not be had the first time, the same clone gets later") {
  LastCopy copy;
  std::map<std::string, std::string> away;
  for (const std::string& pack : copy.first) {
    away[pack] = read_file(pack);
    std::string bytes = away[pack];
    if (bytes.size() < 2000) continue;
    const std::size_t begin = bytes.find(std::string("VCSF")) + 200;
    for (std::size_t at = begin + 1200; at < begin + 1400; ++at) bytes[at] ^= 0x5a;
    write_file(pack, bytes);
  }
  CHECK(copy.agent.ctl({"clone", copy.remote(), copy.out()}).status == 1);
  CHECK(copy.right_files(copy.out()) < kFiles);
  for (const auto& [pack, bytes] : away) write_file(pack, bytes);
  CHECK(copy.agent.ctl({"clone", copy.remote(), copy.out()}).status == 0);
  CHECK(copy.right_files(copy.out()) == kFiles);
  CHECK(copy.agent.ctl({"owed"}).status == 0);
}

TEST_CASE("damaged remote: what is lost is named, and is not recorded as deleted") {
  LastCopy copy;
  // Spoils everything of the first pack, except its list of files, beyond help.
  for (const std::string& path : copy.first) {
    std::string bytes = read_file(path);
    if (bytes.size() < 2000) continue;
    const std::size_t begin = bytes.find(std::string("VCSF")) + 200;
    for (std::size_t at = begin + 1200; at < begin + 1400; ++at) bytes[at] ^= 0x5a;
    write_file(path, bytes);
  }
  const CommandResult cloned = copy.agent.ctl({"clone", copy.remote(), copy.out()});
  CHECK(cloned.status == 1);
  CHECK(cloned.out.find("damaged") != std::string::npos);
  const int right = copy.right_files(copy.out());
  CHECK(right < kFiles);
  copy.agent.ctl({"commit", "--full"});
  CHECK(copy.agent.json({"ls", "-R", "HEAD"}).size() == kFiles);
  CHECK(copy.agent.ctl({"status"}).status == 3);
}

TEST_CASE(
    "damaged remote: without its configuration, its ref or its mark it is read all the same") {
  LastCopy copy;
  SECTION("config is gone") {
    fs::remove(copy.remote() + "/config");
  }
  SECTION("config is damaged") {
    flip(copy.remote() + "/config", 12);
  }
  SECTION("the refs are gone") {
    fs::remove_all(copy.remote() + "/refs");
  }
  SECTION("the mark is gone") {
    fs::remove(copy.remote() + "/+store");
  }
  SECTION("a pack cannot be opened") {
    fs::remove(copy.second.front());
    fs::create_directory(copy.second.front());
  }
  copy.agent.ctl({"clone", copy.remote(), copy.out(), "--name", "clone"});
  CHECK(copy.right_files(copy.out()) == kFiles);
}

TEST_CASE("restore --from: by name and path, of an earlier commit, and what is wrong is said") {
  test::Desk desk;
  TemporaryFolder place;
  fs::create_directory(desk.folder / "deep");
  write_file(desk.folder / "deep/file", "first");
  write_file(desk.folder / "other", "other");
  desk.watch();
  desk.agent.json({"remote", "add", "disk", place / "remote", "-r", "desk"});
  write_file(desk.folder / "deep/file", "second");
  desk.commit();
  REQUIRE(desk.agent.ctl({"sync", "--wait"}).status == 0);
  const auto from = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"restore"});
    return desk.agent.ctl(arguments);
  };
  CHECK(from({"HEAD~1", "deep", "--from", "disk", "--to", place / "a", "-r", "desk"}).status == 0);
  CHECK(read_file(place / "a/deep/file") == "first");
  CHECK_FALSE(fs::exists(place / "a/other"));
  CHECK(from({"HEAD", "--from", "disk", "--to", place / "a", "-r", "desk"}).status == 1);
  CHECK(read_file(place / "a/deep/file") == "first");
  CHECK(from({"HEAD", "--from", "nowhere", "--to", place / "b", "-r", "desk"}).status == 1);
  CHECK(from({"HEAD", "--from", place / "nowhere", "--to", place / "b"}).status == 1);
  CHECK(from({"HEAD", "--from", "disk", "-r", "desk"}).status == 2);
  const CommandResult early =
      from({"--at", "2 years ago", "--from", "disk", "--to", place / "b", "-r", "desk"});
  CHECK(early.status == 1);
  CHECK(early.err.find("there is no save at or before @{") != std::string::npos);
  CHECK(early.err.find("; the first one is ") != std::string::npos);
  CHECK(from({"HEAD", "none", "--from", "disk", "--to", place / "b", "-r", "desk"}).status == 1);
  CHECK(from({"HEAD", "--from", "disk", "--to", place / "c", "-r", "desk", "--dry-run"}).status ==
        0);
  CHECK_FALSE(fs::exists(place / "c"));
}
