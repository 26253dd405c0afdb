// SPDX-License-Identifier: Apache-2.0
// A history survives a move of its folder, and a removal by mistake.
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <set>
#include <thread>

#include "tests/support/desk.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/terminal_program.hpp"

namespace {

using namespace vcs;
using test::CommandResult;
using test::eventually;
using test::RealAgent;
using test::TemporaryFolder;
using test::write_file;
namespace fs = std::filesystem;

struct Stage {
  TemporaryFolder parent;
  RealAgent agent;
  std::string first = parent / "first", second = parent / "second";

  Stage() {
    fs::create_directories(first);
    for (const char* name : {"/a", "/b", "/c"}) write_file(first + name, "1");
    agent.start();
    agent.json({"init", first, "--name", "work", "--wait"});
    write_file(first + "/a", "2");
    agent.json({"commit", "-r", "work"});
  }
  std::size_t commits(const std::string& name) { return agent.json({"log", "-r", name}).size(); }
  // Checks that the agent watches `folder`, with the whole history and nothing deleted.
  void check_goes_on(const std::string& folder) {
    write_file(folder + "/later", "x");
    CHECK(agent.json({"commit", "-r", "work"})["changed"]["added"] == 1);
    CHECK(commits("work") == 3);
    CHECK(agent.ctl({"cat", "HEAD~1:a", "-r", "work"}).out == "2");
    for (const auto& commit : agent.json({"log", "-r", "work"}))
      CHECK(commit["changed"]["deleted"] == 0);
  }
  void check_offered(const std::string& folder) {
    const auto offered = agent.ctl({"init", folder});
    CHECK(offered.status == 1);
    CHECK(offered.err.find("--name work") != std::string::npos);
    CHECK(offered.err.find("--new") != std::string::npos);
  }
  std::string state() { return agent.repository("work")["state"]; }
  CommandResult move(const std::string& folder, const std::vector<std::string>& options = {}) {
    std::vector<std::string> words{"repo", "move", "work", folder};
    words.insert(words.end(), options.begin(), options.end());
    return agent.ctl(words);
  }
  void restart() {
    agent.stop(SIGTERM);
    agent.start();
  }
};

// A folder on another filesystem than the others.
struct InMemory {
  InMemory() { REQUIRE(mkdtemp(path.data()) != nullptr); }
  ~InMemory() { fs::remove_all(path); }
  std::string path = "/dev/shm/vcs-life-XXXXXX";
};

void copy_folder(const std::string& from, const std::string& to) {
  fs::copy(from, to, fs::copy_options::recursive);
}

bool says(const CommandResult& result, const std::string& what) {
  return (result.out + result.err).find(what) != std::string::npos;
}

}  // namespace

TEST_CASE("repository life: a folder that moved is gone on with, or begins anew") {
  Stage stage;
  fs::rename(stage.first, stage.second);
  REQUIRE(eventually([&] { return stage.state() == "suspended"; }));
  CHECK(says(stage.agent.ctl({"status"}), "vcsctl repo move work FOLDER"));
  CHECK(says(stage.agent.ctl({"doctor"}), "vcsctl repo move work FOLDER"));
  SECTION("with its history, and says so") {
    const auto init = stage.agent.ctl({"init", stage.second, "--wait"});
    CHECK(init.status == 0);
    CHECK(says(init, "as work; it goes on with the history"));
    stage.check_goes_on(stage.second);
  }
  SECTION("by its name") {
    stage.agent.json({"init", stage.second, "--name", "work", "--wait"});
    stage.check_goes_on(stage.second);
  }
  SECTION("or with a new one") {
    stage.agent.json({"init", stage.second, "--name", "anew", "--wait"});
    CHECK(stage.commits("anew") == 1);
    CHECK(stage.state() == "suspended");
  }
  SECTION("or with a new one that has the folder's name") {
    stage.agent.json({"init", stage.second, "--new", "--wait"});
    CHECK(stage.commits("second") == 1);
    CHECK(stage.state() == "suspended");
  }
}

TEST_CASE("repository life: a folder that only looks like a history's is not taken for it") {
  Stage stage;
  copy_folder(stage.first, stage.second);
  fs::remove_all(stage.first);
  REQUIRE(eventually([&] { return stage.state() == "suspended"; }));
  stage.check_offered(stage.second);
}

TEST_CASE("repository life: a folder is known again before anybody has noticed that it moved") {
  Stage stage;
  fs::rename(stage.first, stage.second);
  stage.agent.json({"init", stage.second, "--wait"});
  stage.check_goes_on(stage.second);
}

TEST_CASE("repository life: a folder that was removed from watching is gone on with") {
  Stage stage;
  const auto removed = stage.agent.ctl({"repo", "remove", "work"});
  CHECK(says(removed, "vcsctl repo restore work"));
  SECTION("by init") {
    stage.agent.json({"init", stage.first, "--wait"});
  }
  SECTION("by its name") {
    stage.agent.json({"init", stage.first, "--name", "work", "--wait"});
  }
  SECTION("by repo restore") {
    stage.agent.json({"repo", "restore", "work", "--wait"});
  }
  SECTION("after a restart") {
    stage.restart();
    stage.agent.json({"repo", "restore", "work", "--wait"});
  }
  stage.check_goes_on(stage.first);
}

TEST_CASE("repository life: a removed history is listed, and comes back elsewhere") {
  Stage stage;
  stage.agent.json({"repo", "remove", "work", "--delete-history", "--yes"});
  const auto list = stage.agent.json({"repo", "list", "--removed"})["histories"];
  REQUIRE(list.size() == 1);
  CHECK(list[0]["name"] == "work");
  CHECK(list[0]["state"] == "deleted");
  CHECK(list[0]["worktree"] == stage.first);
  CHECK(list[0]["commits"] == 2);
  CHECK(list[0]["bytes"] > 0);
  CHECK(list[0]["expires"].get<std::int64_t>() - list[0]["removed"].get<std::int64_t>() ==
        7 * 24 * 3600 * 1'000'000'000LL);
  const std::string id = list[0]["id"], key = list[0]["key"];
  const auto text = stage.agent.ctl({"repo", "list", "--removed"});
  CHECK(says(text, "deleted in "));
  CHECK(says(text, "2 saves"));

  CHECK(stage.agent.ctl({"repo", "restore", "nothere"}).status == 1);
  CHECK(stage.agent.ctl({"repo", "restore", id.substr(0, 3)}).status == 1);
  CHECK(says(stage.agent.ctl({"repo", "restore", "work", stage.second}), "does not exist"));
  // A folder with other files is refused; an empty one is to be filled by a restore.
  fs::create_directory(stage.second);
  write_file(stage.second + "/other", "x");
  const auto refused = stage.agent.ctl({"repo", "restore", key, stage.second, "--json"});
  CHECK(refused.status == 1);
  CHECK(says(refused, "precondition_failed"));
  CHECK(says(refused, "0 of the 3"));
  fs::remove(stage.second + "/other");
  std::string upper = id;
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  const auto back = stage.agent.ctl({"repo", "restore", upper, stage.second, "--name", "again"});
  CHECK(back.status == 3);
  CHECK(says(back, "vcsctl restore HEAD -r again"));
  CHECK(stage.agent.json({"repo", "list", "--removed"})["histories"].empty());
  REQUIRE(eventually([&] { return stage.agent.repository("again")["state"] == "suspended"; }));
  CHECK(stage.agent.ctl({"restore", "HEAD", "-r", "again"}).status == 0);
  REQUIRE(eventually([&] { return stage.agent.repository("again")["state"] == "watching"; }));
  write_file(stage.second + "/later", "x");
  stage.agent.json({"commit", "-r", "again"});
  CHECK(stage.commits("again") == 3);
  for (const auto& commit : stage.agent.json({"log", "-r", "again"}))
    CHECK(commit["changed"]["deleted"] == 0);
}

TEST_CASE("repository life: a history comes back under another name where its own is taken") {
  Stage stage;
  stage.agent.json({"repo", "remove", "work"});
  stage.agent.json({"init", stage.first, "--new", "--name", "work", "--wait"});
  const auto taken = stage.agent.ctl({"repo", "restore", "work"});
  CHECK(taken.status == 1);
  CHECK(says(taken, "--name NAME"));
  stage.agent.json({"repo", "remove", "work"});
  const auto ambiguous = stage.agent.ctl({"repo", "restore", "work"});
  CHECK(ambiguous.status == 1);
  CHECK(says(ambiguous, "2 removed histories"));
  std::string older;
  const auto list = stage.agent.json({"repo", "list", "--removed"});
  for (const auto& history : list["histories"])
    if (history["commits"] == 2) older = history["key"];
  stage.agent.json({"repo", "restore", older, "--wait"});
  stage.check_goes_on(stage.first);
}

TEST_CASE("repository life: a history that is deleted at once is gone") {
  Stage stage;
  CHECK(stage.agent.ctl({"repo", "remove", "work", "--now"}).status == 2);
  CHECK(stage.agent.ctl({"repo", "remove", "work", "--delete-history", "--now"}).status == 1);
  REQUIRE(stage.commits("work") == 2);
  stage.agent.json({"repo", "remove", "work", "--delete-history", "--now", "--yes"});
  CHECK(stage.agent.json({"repo", "list", "--removed"})["histories"].empty());
  CHECK(fs::is_empty(stage.agent.home() + "/repositories"));
  CHECK(stage.agent.ctl({"repo", "restore", "work"}).status == 1);
  CHECK(fs::exists(stage.first + "/a"));
}

TEST_CASE("repository life: the agent itself asks for a confirmation") {
  Stage stage;
  test::Desk desk;
  desk.watch();
  const auto refused = desk.client().call<ipc::RepoRemove>({test::Desk::kName, true, false, ""});
  REQUIRE(!refused);
  CHECK(refused.error().code == base::ErrorCode::precondition_failed);
  CHECK(!desk.client().call<ipc::RepoRemove>({test::Desk::kName, true, true, "other"}));
  CHECK(!desk.client().call<ipc::RepoRemove>({test::Desk::kName, false, true, ""}));
  CHECK(desk.client().call<ipc::RepoRemove>({test::Desk::kName, true, false, test::Desk::kName}));
}

TEST_CASE("repository life: a history is not deleted by a slip of the hand") {
  Stage stage;
  const auto refused = stage.agent.ctl({"repo", "remove", "work", "--delete-history"});
  CHECK(refused.status == 1);
  CHECK(refused.err.find("2 saves") != std::string::npos);
  CHECK(refused.err.find("no other place") != std::string::npos);
  const auto json = stage.agent.ctl({"repo", "remove", "work", "--delete-history", "--json"});
  CHECK(json.status == 1);
  CHECK(json.err.find("precondition_failed") != std::string::npos);
  CHECK(stage.agent.ctl({"repo", "remove", "work", "--delete-history", "--dry-run"}).status == 0);
  REQUIRE(stage.commits("work") == 2);

  stage.agent.json({"repo", "remove", "work", "--delete-history", "--yes"});
  stage.restart();
  CHECK(stage.agent.json({"repo", "list"})["repositories"].empty());
  stage.check_offered(stage.first);
  stage.agent.json({"init", stage.first, "--name", "work", "--wait"});
  stage.check_goes_on(stage.first);
}

TEST_CASE("repository life: a history goes on in the folder that is named") {
  Stage stage;
  SECTION("that was renamed") {
    fs::rename(stage.first, stage.second);
    CHECK(stage.move(stage.second, {"--wait"}).status == 0);
  }
  SECTION("that is a copy, and the former one is left as it is") {
    copy_folder(stage.first, stage.second);
    write_file(stage.first + "/a", "not to be lost");
    CHECK(stage.move(stage.second, {"--wait"}).status == 0);
    CHECK(stage.agent.ctl({"cat", "HEAD~1:a", "-r", "work"}).out == "not to be lost");
    CHECK(stage.agent.ctl({"cat", "HEAD:a", "-r", "work"}).out == "2");
    CHECK(test::read_file(stage.first + "/a") == "not to be lost");
    write_file(stage.first + "/a", "of no concern");
    CHECK(stage.agent.json({"commit", "-r", "work"})["created"] == false);
    return;
  }
  stage.restart();
  stage.check_goes_on(stage.second);
}

TEST_CASE("repository life: whatever the folder has not is recorded as deleted") {
  Stage stage;
  copy_folder(stage.first, stage.second);
  fs::remove(stage.second + "/b");
  const auto dry = stage.agent.json({"repo", "move", "work", stage.second, "--dry-run"});
  CHECK(dry["done"] == false);
  CHECK(dry["names"] == 3);
  CHECK(dry["names_there"] == 2);
  CHECK(stage.agent.repository("work")["worktree"] == stage.first);
  const auto moved = stage.agent.json({"repo", "move", "work", stage.second, "--wait"});
  CHECK(moved["done"] == true);
  CHECK(moved["from"] == stage.first);
  CHECK(stage.agent.json({"log", "-r", "work"})[0]["changed"]["deleted"] == 1);
  CHECK(stage.agent.ctl({"cat", "HEAD~1:b", "-r", "work"}).out == "1");
}

TEST_CASE("repository life: the alarm rings for what a new folder lacks as for any deletion") {
  Stage stage;
  for (int i = 0; i < 60; ++i) write_file(stage.first + "/f" + std::to_string(i), "x");
  stage.agent.json({"commit", "-r", "work"});
  // Files that come and go within ten minutes set no alarm; a new agent has not seen them come.
  stage.restart();
  fs::create_directory(stage.second);
  write_file(stage.second + "/a", "2");
  CHECK(stage.move(stage.second).status == 1);
  CHECK(stage.move(stage.second, {"--yes", "--wait"}).status == 0);
  REQUIRE(eventually([&] { return stage.agent.repository("work")["alarm"]["reason"] != ""; }));
  CHECK(stage.agent.repository("work")["alarm"]["deleted"] == 62);
  CHECK(stage.agent.ctl({"cat", "HEAD~1:f7", "-r", "work"}).out == "x");
}

TEST_CASE("repository life: a move to a place that cannot be is refused") {
  Stage stage;
  const std::string other = stage.parent / "other";
  fs::create_directories(other + "/inside");
  stage.agent.json({"init", other, "--wait"});
  const auto refused = [&](const std::string& folder, const std::string& why) {
    const auto result = stage.move(folder, {"--yes"});
    CHECK(result.status == 1);
    INFO(result.err);
    CHECK(says(result, why));
  };
  refused(other, "watched already as other");
  refused(other + "/inside", "lies inside");
  refused(stage.parent.path(), "contains");
  refused(stage.first, "is watched at");
  refused(stage.parent / "nothere", "does not exist");
  refused(stage.first + "/a", "is not a folder");
  refused(stage.agent.home() + "/repositories", "agent");
  CHECK(stage.agent.ctl({"repo", "move", "", other}).status != 0);
  CHECK(stage.agent.ctl({"repo", "move", "work", ""}).status != 0);
  CHECK(stage.agent.ctl({"repo", "move", "nobody", other}).status == 1);
  CHECK(!says(stage.agent.ctl({"repo", "move", "x\x1b[31m", other}), "\x1b[31m"));
  // An empty folder, then one with too few of the files.
  fs::create_directory(stage.second);
  const auto empty = stage.move(stage.second);
  CHECK(empty.status == 1);
  CHECK(says(empty, "vcsctl restore HEAD -r work --to"));
  write_file(stage.second + "/a", "only one of three");
  const auto unlike = stage.move(stage.second, {"--json"});
  CHECK(says(unlike, "precondition_failed"));
  CHECK(says(unlike, "1 of the 3"));
  CHECK(stage.agent.repository("work")["worktree"] == stage.first);
  CHECK(stage.state() == "watching");
  CHECK(stage.commits("work") == 2);
}

TEST_CASE("repository life: a folder whose name is no text can be moved to, and from") {
  Stage stage;
  const std::string odd = stage.parent / "caf\xe9 \n";
  fs::rename(stage.first, odd);
  CHECK(stage.move(odd, {"--wait"}).status == 0);
  stage.restart();
  fs::rename(odd, stage.second);
  CHECK(stage.move(stage.second, {"--wait"}).status == 0);
  stage.check_goes_on(stage.second);
}

TEST_CASE("repository life: what was saved before a move to another filesystem is in the history") {
  const InMemory memory;
  Stage stage;
  const std::string there = memory.path + "/work";
  std::atomic<bool> ends{false};
  std::atomic<int> written{0};
  std::thread writer([&] {
    for (int i = 1; !ends; ++i) {
      write_file(stage.first + "/n" + std::to_string(i), std::to_string(i));
      written = i;
    }
  });
  REQUIRE(eventually([&] { return written > 20; }));
  copy_folder(stage.first, there);
  const int before = written;
  const auto moved = stage.move(there, {"--wait"});
  ends = true;
  writer.join();
  CHECK(moved.status == 0);
  // Each file that was written before the call is in a commit, although only the former folder ever
  // had it.
  std::set<std::string> seen;
  for (const auto& commit : stage.agent.json({"log", "-r", "work"})) {
    const auto shown = stage.agent.json({"show", commit["id"], "-r", "work"});
    for (const auto& change : shown["changes"]) seen.insert(change["path"].get<std::string>());
  }
  for (int i = 1; i <= before; ++i) {
    INFO(i);
    CHECK(seen.contains("n" + std::to_string(i)));
  }
  write_file(there + "/a", "in the new place");
  stage.agent.json({"commit", "-r", "work"});
  CHECK(stage.agent.ctl({"cat", "HEAD:a", "-r", "work"}).out == "in the new place");
  stage.restart();
  CHECK(stage.agent.repository("work")["worktree"] == there);
}

TEST_CASE("repository life: a folder that moves during its first snapshot is saved as a whole") {
  const TemporaryFolder parent;
  const std::string first = parent / "first", second = parent / "second";
  fs::create_directory(first);
  constexpr std::size_t kFiles = 3000;
  for (std::size_t i = 0; i < kFiles; ++i)
    write_file(first + "/" + std::to_string(i), std::string(2000, 'x') + std::to_string(i));
  RealAgent agent;
  agent.start();
  agent.json({"init", first, "--name", "work"});
  const bool itself = GENERATE(true, false);
  if (itself) {
    fs::rename(first, second);
  } else {
    copy_folder(first, second);
  }
  CHECK(agent.ctl({"repo", "move", "work", second, "--wait", "--yes"}).status == 0);
  write_file(second + "/later", "x");
  agent.json({"commit", "-r", "work"});
  CHECK(agent.json({"ls", "HEAD", "-r", "work"}).size() == kFiles + 1);
  for (const auto& commit : agent.json({"log", "-r", "work"}))
    CHECK(commit["changed"]["deleted"] == 0);
  CHECK(agent.ctl({"verify", "--read-data", "-r", "work"}).status == 0);
}

TEST_CASE("repository life: a move keeps the device, and remotes go on") {
  Stage stage;
  const std::string remote = stage.parent / "remote";
  stage.agent.json({"-r", "work", "remote", "add", "disk", remote});
  stage.agent.json({"-r", "work", "sync", "--wait"});
  const std::string device = stage.agent.repository("work")["device"];
  fs::rename(stage.first, stage.second);
  CHECK(stage.move(stage.second, {"--wait"}).status == 0);
  CHECK(stage.agent.ctl({"repo", "rename", "work", "novel"}).status == 0);
  write_file(stage.second + "/a", "3");
  stage.agent.json({"commit", "-r", "novel"});
  CHECK(stage.agent.json({"-r", "novel", "sync", "--wait"})["remotes"][0]["state"] == "synced");
  stage.restart();
  CHECK(stage.agent.repository("novel")["device"] == device);
  const auto heads = stage.agent.json({"-r", "novel", "remote", "heads", "disk"})["heads"];
  REQUIRE(heads.size() == 1);
  CHECK(heads[0]["id"] == device);
  CHECK(heads[0]["repository"] == "novel");
  CHECK(heads[0]["folder"] == stage.second);
}

TEST_CASE("repository life: a repository gets another name everywhere") {
  Stage stage;
  stage.agent.json({"init", stage.parent / "first", "--name", "work"});
  const auto refused = [&](const std::string& name) {
    CHECK(stage.agent.ctl({"repo", "rename", "work", name}).status != 0);
  };
  refused("work");
  refused("");
  refused("a/b");
  refused(".hidden");
  refused("esc\x1b");
  refused(std::string(65, 'x'));
  const std::string other = stage.parent / "other";
  fs::create_directory(other);
  stage.agent.json({"init", other, "--wait"});
  refused("other");
  CHECK(stage.agent.ctl({"repo", "rename", "nobody", "novel"}).status == 1);

  CHECK(stage.agent.json({"repo", "rename", "work", "novel"})["name"] == "novel");
  CHECK(stage.agent.ctl({"log", "-r", "work"}).status == 1);
  CHECK(stage.commits("novel") == 2);
  CHECK(stage.agent.repository("novel")["worktree"] == stage.first);
  stage.restart();
  CHECK(stage.commits("novel") == 2);
  write_file(stage.first + "/a", "3");
  stage.agent.json({"commit", "-r", "novel"});
  CHECK(stage.agent.log().find("novel: commit") != std::string::npos);
  // The former name is free.
  stage.agent.json({"repo", "rename", "other", "work"});
}

TEST_CASE("repository life: a rename while saves and copies go on disturbs neither") {
  Stage stage;
  const std::string remote = stage.parent / "remote";
  stage.agent.json({"-r", "work", "remote", "add", "disk", remote});
  std::atomic<bool> ends{false};
  std::thread writer([&] {
    for (int i = 1; !ends; ++i) write_file(stage.first + "/n", std::to_string(i));
  });
  std::string name = "work";
  for (int i = 0; i < 20; ++i) {
    const std::string next = "name" + std::to_string(i);
    CHECK(stage.agent.ctl({"repo", "rename", name, next}).status == 0);
    name = next;
  }
  ends = true;
  writer.join();
  write_file(stage.first + "/n", "last");
  stage.agent.json({"commit", "-r", name});
  CHECK(stage.agent.ctl({"cat", "HEAD:n", "-r", name}).out == "last");
  CHECK(stage.agent.json({"-r", name, "sync", "--wait"})["remotes"][0]["state"] == "synced");
  CHECK(stage.agent.ctl({"verify", "--read-data", "-r", name}).status == 0);
}

TEST_CASE("repository life: settings under the former name do not silently cease to count") {
  const TemporaryFolder folder;
  test::RealAgent agent("[repository.work.watch]\nignore = [\"*.tmp\"]\n");
  agent.start();
  agent.json({"init", folder.path(), "--name", "work", "--wait"});
  const auto refused = agent.ctl({"repo", "rename", "work", "novel"});
  CHECK(refused.status == 1);
  CHECK(says(refused, "settings for work"));
}

TEST_CASE("repository life: on a terminal a person is asked, and what he says is done") {
  Stage stage;
  const auto type = [&](std::vector<std::string> words, const std::string& typed) {
    words.insert(words.begin(), test::program("vcsctl"));
    words.insert(words.end(), {"--home", stage.agent.home()});
    return test::run_in_terminal(words, typed);
  };
  SECTION("init goes on, if nothing else is said") {
    stage.agent.json({"repo", "remove", "work"});
    const auto asked = type({"init", stage.first, "--wait"}, "\n");
    CHECK(asked.status == 0);
    CHECK(says(asked, "Go on with the history of 'work' (2 saves)? [Y/n]"));
    stage.check_goes_on(stage.first);
  }
  SECTION("init begins anew") {
    stage.agent.json({"repo", "remove", "work"});
    CHECK(type({"init", stage.first, "--wait"}, "what?\nn\n").status == 0);
    CHECK(stage.commits("first") == 1);
  }
  SECTION("init does nothing without an answer") {
    stage.agent.json({"repo", "remove", "work"});
    CHECK(type({"init", stage.first}, "\x04").status == 1);
    CHECK(stage.agent.json({"repo", "list"})["repositories"].empty());
  }
  SECTION("a deleted history comes back only if it is wanted") {
    stage.agent.json({"repo", "remove", "work", "--delete-history", "--yes"});
    const auto asked = type({"init", stage.first, "--wait"}, "\n");
    CHECK(says(asked, "to be deleted in"));
    CHECK(says(asked, "[y/N]"));
    CHECK(stage.commits("first") == 1);
  }
  SECTION("a move to a folder that looks like another") {
    fs::create_directory(stage.second);
    write_file(stage.second + "/a", "x");
    CHECK(type({"repo", "move", "work", stage.second}, "\n").status == 1);
    CHECK(stage.agent.repository("work")["worktree"] == stage.first);
    const auto asked = type({"repo", "move", "work", stage.second, "--wait"}, "y\n");
    CHECK(asked.status == 0);
    CHECK(says(asked, "1 of the 3 names"));
    CHECK(stage.agent.repository("work")["worktree"] == stage.second);
    CHECK(stage.agent.json({"log", "-r", "work"})[0]["changed"]["deleted"] == 2);
  }
  SECTION("a removal for good") {
    CHECK(type({"repo", "remove", "work", "--delete-history", "--now"}, "yes\n").status == 1);
    CHECK(stage.commits("work") == 2);
    const auto asked = type({"repo", "remove", "work", "--delete-history", "--now"}, "work\n");
    CHECK(asked.status == 0);
    CHECK(says(asked, "for good, at once"));
    CHECK(fs::is_empty(stage.agent.home() + "/repositories"));
  }
}
