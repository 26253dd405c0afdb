// SPDX-License-Identifier: Apache-2.0
// Damage to a history, as a person meets it: verify reports it, repair makes the history whole, and
// everything comes back as it was.
#include <fmt/format.h>
#include <signal.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/desk.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/seeded_random.hpp"

namespace {

using namespace vcs;
using test::CommandResult;
using test::read_file;
using test::TemporaryFolder;
using test::write_file;
namespace fs = std::filesystem;

// Hardly compressible, so that there are several packs.
std::string text(int n) {
  test::SeededRandom random(static_cast<std::uint64_t>(n));
  std::string out;
  for (int line = 0; line < 1200; ++line) out += fmt::format("{:016x}\n", random.next());
  return out;
}

struct Desk : test::Desk {
  TemporaryFolder copy, out;
  std::string data;
  std::vector<std::string> commits;

  Desk() : test::Desk("[core]\npack_size = \"1MiB\"\n") {
    for (int n = 0; n < 120; ++n) {
      fs::create_directories(folder / ("part" + std::to_string(n % 6)));
      write_file(file(n), text(n));
    }
    data = watch()["data"];
    for (int n = 0; n < 5; ++n) {
      write_file(file(n), text(1000 + n));
      fs::remove(file(100 + n));
      commits.push_back(agent.json({"commit", "-r", "desk", "-m", "save"})["id"]);
    }
  }

  std::string file(int n) const {
    return folder / ("part" + std::to_string(n % 6) + "/file" + std::to_string(n));
  }
  void copy_to_remote() {
    agent.json({"remote", "add", "disk", copy.path(), "-r", "desk"});
    agent.json({"sync", "--wait", "-r", "desk"});
  }
  std::vector<std::string> packs() const {
    std::vector<std::string> files;
    for (const auto& entry : fs::directory_iterator(data + "/packs"))
      if (entry.path().extension() == ".pack") files.push_back(entry.path().string());
    std::sort(files.begin(), files.end());
    return files;
  }
  // Restores `commit` and lists its files; "" if that fails.
  std::string restored(const std::string& commit) const {
    TemporaryFolder target;
    if (agent.ctl({"restore", commit, "-r", "desk", "--to", target.path()}).status != 0) return "";
    return test::run_program({"sh", "-c", "find . -type f | sort | xargs sha256sum"}, target.path())
        .out;
  }
};

void spoil(const std::string& file, std::size_t step) {
  std::string bytes = read_file(file);
  for (std::size_t at = 40; at < bytes.size(); at += step) bytes[at] ^= 0x21;
  write_file(file, bytes);
}

TEST_CASE("damage: verify says so, repair fetches what is missing, and all of it comes back") {
  Desk desk;
  desk.copy_to_remote();
  std::map<std::string, std::string> before;
  for (const std::string& commit : desk.commits) {
    before[commit] = desk.restored(commit);
    REQUIRE_FALSE(before[commit].empty());
  }
  REQUIRE(desk.agent.ctl({"verify", "--read-data", "-r", "desk"}).status == 0);
  desk.agent.stop(SIGTERM);
  for (const std::string& pack : desk.packs()) spoil(pack, 50'001);
  spoil(desk.packs().front().substr(0, desk.packs().front().size() - 4) + "idx", 97);
  write_file(desk.data + "/refs/head", "nonsense");
  for (const auto& entry : fs::recursive_directory_iterator(desk.data + "/index"))
    if (entry.is_regular_file() && entry.file_size() > 100) spoil(entry.path().string(), 53);

  desk.agent.start();
  desk.agent.json({"status", "--wait"});
  const CommandResult verified = desk.agent.ctl({"verify", "-r", "desk"});
  CHECK(verified.status == 1);
  CHECK(verified.out.find("Damaged commits: ") != std::string::npos);
  CHECK(verified.out.find("vcsctl repair") != std::string::npos);
  const auto whole = nlohmann::json::parse(desk.agent.ctl({"verify", "-r", "desk", "--json"}).out);
  CHECK(whole["error_count"] > 0);
  REQUIRE_FALSE(whole["damaged"].empty());
  CHECK_FALSE(whole["damaged"][0]["newest"].get<std::string>().empty());

  const CommandResult planned = desk.agent.ctl({"repair", "-r", "desk", "--dry-run"});
  CHECK(planned.status == 1);
  CHECK(planned.out.find("nothing was changed") != std::string::npos);
  const CommandResult repaired = desk.agent.ctl({"repair", "desk", "--from", "disk", "--json"});
  CAPTURE(repaired.out, repaired.err);
  REQUIRE(repaired.status == 0);
  const auto result = nlohmann::json::parse(repaired.out)["result"];
  CHECK(result["packs"] > 0);
  CHECK(result["fetched"] > 0);
  CHECK_FALSE(result["aside"].empty());
  CHECK(fs::exists(result["aside_folder"].get<std::string>() + "/" +
                   result["aside"][0].get<std::string>()));

  CHECK(desk.agent.ctl({"verify", "--read-data", "-r", "desk"}).status == 0);
  for (const auto& [commit, files] : before) CHECK(desk.restored(commit) == files);
  // The history stays whole after a restart.
  desk.agent.stop(SIGKILL);
  desk.agent.start();
  desk.agent.json({"status", "--wait"});
  CHECK(desk.agent.ctl({"verify", "--read-data", "-r", "desk"}).status == 0);
  CHECK(desk.agent.ctl({"repair", "-r", "desk"}).out.find("the history is whole") !=
        std::string::npos);
  for (const auto& [commit, files] : before) CHECK(desk.restored(commit) == files);
}

TEST_CASE("damage: status and doctor say that the newest save is lost, until it is back") {
  Desk desk;
  desk.copy_to_remote();
  desk.agent.stop(SIGTERM);
  const std::string newest = desk.packs().back();
  SECTION("its pack is gone") {
    fs::remove(newest);
  }
  SECTION("its pack is garbage") {
    spoil(newest, 90);
  }
  SECTION("all packs and refs are gone, and only the index remembers") {
    for (const std::string& pack : desk.packs()) fs::remove(pack);
    fs::remove_all(desk.data + "/refs");
  }
  desk.agent.start();
  CHECK(test::eventually([&] { return desk.agent.ctl({"status"}).status == 3; }));
  desk.agent.ctl({"status", "--wait"});
  const CommandResult status = desk.agent.ctl({"status"});
  CHECK(status.out.find("All saves are kept") == std::string::npos);
  CHECK(status.out.find("vcsctl repair -r desk") != std::string::npos);
  CHECK(desk.agent.ctl({"doctor"}).out.find("vcsctl repair -r desk") != std::string::npos);
  CHECK(desk.agent.ctl({"repair", "-r", "desk"}).status == 0);
  desk.agent.json({"commit", "-r", "desk"});
  desk.agent.ctl({"repair", "-r", "desk"});
  CHECK(desk.agent.ctl({"verify", "-r", "desk"}).status == 0);
  CHECK(desk.agent.ctl({"status", "--wait"}).status == 0);
}

TEST_CASE("damage: an older pack that went while no agent ran is missed soon after the start") {
  Desk desk;
  desk.agent.stop(SIGTERM);
  const std::string oldest = desk.packs().front();
  REQUIRE(desk.packs().size() > 1);
  fs::remove(oldest);
  fs::remove(oldest.substr(0, oldest.size() - 4) + "idx");
  desk.agent.start();
  CHECK(test::eventually([&] {
    return desk.agent.ctl({"status"}).out.find("a part of the last save is lost") !=
           std::string::npos;
  }));
  CHECK(desk.agent.ctl({"status"}).status == 3);
  // The folder still has the lost part of the last save; nobody has the earlier versions.
  CHECK(desk.agent.ctl({"repair", "-r", "desk"}).status == 1);
  CHECK(test::eventually([&] {
    return desk.agent.ctl({"status"}).out.find("the history is damaged: ") != std::string::npos;
  }));
  CHECK(desk.agent.ctl({"repair", "--give-up", "-r", "desk"}).status == 1);
  CHECK(test::eventually([&] { return desk.agent.ctl({"status"}).status == 0; }));
}

TEST_CASE("damage: a newest save that nobody has is given up") {
  Desk desk;
  desk.agent.stop(SIGTERM);
  for (const std::string& pack : desk.packs()) fs::remove(pack);
  desk.agent.start();
  CHECK(test::eventually([&] { return desk.agent.ctl({"status"}).status == 3; }));
  CHECK(desk.agent.ctl({"repair", "-r", "desk"}).status == 1);
  CHECK(desk.agent.ctl({"status"}).status == 3);
  CHECK(desk.agent.ctl({"repair", "--give-up", "--dry-run", "-r", "desk"}).status != 0);
  CHECK(desk.agent.ctl({"repair", "--give-up", "-r", "desk"}).status == 0);
  CHECK(test::eventually([&] { return desk.agent.ctl({"status"}).status == 0; }));
  CHECK(desk.agent.ctl({"verify", "-r", "desk"}).status == 0);
}

TEST_CASE("damage: what verify finds in older saves is told by status, until it is repaired") {
  Desk desk;
  desk.copy_to_remote();
  REQUIRE(desk.agent.ctl({"status", "--wait"}).status == 0);
  desk.agent.stop(SIGTERM);
  std::string oldest = read_file(desk.packs().front());
  for (std::size_t at = oldest.size() / 2; at < oldest.size() / 2 + 200; ++at) oldest[at] ^= 0x21;
  write_file(desk.packs().front(), oldest);
  desk.agent.start();
  desk.agent.json({"status", "--wait"});

  const CommandResult verified = desk.agent.ctl({"verify", "--read-data", "-r", "desk", "--json"});
  REQUIRE(verified.status == 1);
  const std::uint64_t count = nlohmann::json::parse(verified.out)["error_count"];
  const auto is_told = [&](const std::string& when) {
    const CommandResult status = desk.agent.ctl({"status"});
    CAPTURE(when, status.out);
    CHECK(status.status == 3);
    CHECK(status.out.find("All saves are kept") == std::string::npos);
    CHECK(status.out.find(fmt::format("damage   the history is damaged: {} error{}, found 20",
                                      count, count == 1 ? "" : "s")) != std::string::npos);
    CHECK(status.out.find("get it back: vcsctl repair -r desk") != std::string::npos);
    const CommandResult doctor = desk.agent.ctl({"doctor"});
    CHECK(doctor.status == 3);
    CHECK(doctor.out.find("the history is damaged") != std::string::npos);
    CHECK(doctor.out.find("vcsctl repair -r desk") != std::string::npos);
  };
  is_told("after verify");
  desk.agent.stop(SIGKILL);
  desk.agent.start();
  desk.agent.json({"commit", "-r", "desk"});
  is_told("after a kill");
  // A quick verify reads no content, so it proves nothing.
  (void)desk.agent.ctl({"verify", "-r", "desk"});
  is_told("after a quick look");
  (void)desk.agent.ctl({"repair", "-r", "desk", "--dry-run"});
  is_told("after a dry run");
  CHECK(desk.agent.ctl({"repair", "-r", "desk"}).status == 0);
  // The agent checks the packs again two seconds after a repair.
  CHECK(test::eventually([&] { return desk.agent.ctl({"status", "--wait"}).status == 0; }));
  CHECK(desk.agent.ctl({"verify", "--read-data", "-r", "desk"}).status == 0);
}

TEST_CASE("damage: what nobody has is told by status until it is given up, and not again then") {
  Desk desk;
  desk.agent.stop(SIGTERM);
  for (const std::string& pack : desk.packs()) spoil(pack, 50'003);
  desk.agent.start();
  CHECK(desk.agent.ctl({"repair", "-r", "desk"}).status == 1);
  CHECK(desk.agent.ctl({"status", "--wait"}).status == 3);
  CHECK(desk.agent.ctl({"verify", "-r", "desk"}).status == 1);
  CHECK(desk.agent.ctl({"status"}).status == 3);
  CHECK(desk.agent.ctl({"repair", "-r", "desk", "--give-up"}).status == 1);
  const CommandResult status = desk.agent.ctl({"status", "--wait"});
  CAPTURE(status.out);
  CHECK(status.status == 0);
  // The same damage is not reported again, also after a restart.
  desk.agent.stop(SIGTERM);
  desk.agent.start();
  CHECK(desk.agent.ctl({"verify", "--read-data", "-r", "desk"}).status == 1);
  CHECK(desk.agent.ctl({"status", "--wait"}).status == 0);
}

TEST_CASE("damage: a remote gets all but what is lost and given up") {
  Desk desk;
  desk.agent.stop(SIGTERM);
  for (const std::string& pack : desk.packs()) spoil(pack, 50'003);
  desk.agent.start();
  CHECK(desk.agent.ctl({"repair", "-r", "desk"}).status == 1);
  TemporaryFolder remote, target;
  REQUIRE(desk.agent.ctl({"remote", "add", "new", remote.path(), "-r", "desk"}).status == 0);
  const CommandResult refused = desk.agent.ctl({"sync", "--wait", "-r", "desk"});
  CAPTURE(refused.out, refused.err);
  CHECK(refused.status != 0);
  CHECK((refused.out + refused.err).find("vcsctl repair") != std::string::npos);

  const CommandResult given_up = desk.agent.ctl({"repair", "-r", "desk", "--give-up"});
  CHECK(given_up.status == 1);
  CHECK(given_up.out.find("given up") != std::string::npos);
  CHECK(desk.agent.ctl({"sync", "--wait", "-r", "desk"}).status == 0);
  CHECK(desk.agent.ctl({"status", "--wait", "--synced", "-r", "desk"}).status == 0);
  // A clone gets whole saves from there, and the agent remembers what was given up.
  desk.agent.stop(SIGTERM);
  desk.agent.start();
  write_file(desk.file(7), "after it was given up");
  CHECK(desk.agent.ctl({"status", "--wait", "--synced", "-r", "desk"}).status == 0);
  const std::string clone = target / "clone";
  (void)desk.agent.ctl({"clone", remote.path(), clone, "--no-push"});
  CHECK(test::run_program({"diff", "-r", desk.folder.path(), clone}).out.empty());
}

TEST_CASE("damage: without a remote the files of the folder help, and the rest is named") {
  Desk desk;
  desk.agent.stop(SIGTERM);
  for (const std::string& pack : desk.packs()) spoil(pack, 50'003);
  desk.agent.start();
  desk.agent.json({"status", "--wait"});
  const CommandResult repaired = desk.agent.ctl({"repair", "-r", "desk"});
  CAPTURE(repaired.out);
  REQUIRE(repaired.status == 1);
  CHECK(repaired.out.find("cannot be repaired now") != std::string::npos);
  // All files that the folder has now can be restored again.
  TemporaryFolder target;
  REQUIRE(desk.agent.ctl({"restore", "HEAD", "-r", "desk", "--to", target.path()}).status == 0);
  CHECK(test::run_program({"diff", "-r", desk.folder.path(), target.path()}).out.empty());
  // Saving goes on as ever.
  write_file(desk.file(7), "after the repair");
  CHECK(desk.agent.json({"commit", "-r", "desk"})["created"] == true);
  CHECK(desk.agent.ctl({"cat", "HEAD:part1/file7", "-r", "desk"}).out == "after the repair");
}

TEST_CASE("damage: the log of a file tells what it can, also where a folder of it cannot be read") {
  test::Desk desk("[core]\npack_size = \"1MiB\"\n");
  fs::create_directory(desk.folder / "fol");
  write_file(desk.folder / "fol/file", "1");
  const std::string data = desk.watch()["data"];
  // The first pack has the tree of `fol` before the last save, but not the commit of that save.
  for (int n = 0; n < 120; ++n) write_file(desk.folder / std::to_string(n), text(n));
  desk.commit();
  write_file(desk.folder / "fol/file", "2");
  const std::string last = desk.commit();
  REQUIRE(test::eventually([&] {
    return fs::exists(data + "/graph/rows") && fs::file_size(data + "/graph/rows") > 300;
  }));
  desk.agent.stop(SIGTERM);
  fs::remove(data + "/packs/00000001.pack");
  fs::remove(data + "/packs/00000001.idx");
  desk.agent.start();

  for (const char* path : {"fol/file", "fol"}) {
    const CommandResult one = desk.agent.ctl({"log", path, "-n", "1", "-r", "desk"});
    CAPTURE(path, one.out, one.err);
    CHECK(one.status == 0);
    CHECK(one.out.find(last.substr(0, 12)) == 0);
    const CommandResult all = desk.agent.ctl({"log", path, "-r", "desk"});
    CAPTURE(all.out, all.err);
    CHECK(all.status == 1);
    CHECK(all.out.find(last.substr(0, 12)) == 0);
    CHECK(all.err.find("there is no object") != std::string::npos);
  }
}

TEST_CASE("damage: packs that vanish while the agent runs are no reason to stop") {
  Desk desk;
  desk.copy_to_remote();
  const std::string before = desk.restored(desk.commits.back());
  for (const std::string& pack : desk.packs()) fs::remove(pack);
  CHECK(desk.agent.ctl({"verify", "-r", "desk"}).status == 1);
  const CommandResult repaired = desk.agent.ctl({"repair", "-r", "desk", "--from", "disk"});
  CAPTURE(repaired.out, repaired.err);
  CHECK(repaired.status == 0);
  CHECK(desk.agent.ctl({"repair", "-r", "desk", "--from", "nowhere"}).status == 1);
  desk.agent.stop(SIGKILL);
  desk.agent.start();
  desk.agent.json({"status", "--wait"});
  CHECK(desk.agent.ctl({"verify", "--read-data", "-r", "desk"}).status == 0);
  CHECK(desk.restored(desk.commits.back()) == before);
}

}  // namespace
