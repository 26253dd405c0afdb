// SPDX-License-Identifier: Apache-2.0
// A person's day with the real programs: save, see the save, get it back; and the mistakes that
// people make.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/desk.hpp"
#include "tests/support/eventually.hpp"

namespace {

using namespace vcs;
using test::CommandResult;
using test::read_file;
using test::RealAgent;
using test::TemporaryFolder;
using test::write_file;
namespace fs = std::filesystem;

// Compares content, types, modes, and mtimes to the nanosecond; empty when equal.
std::string difference(const std::string& a, const std::string& b) {
  const auto listing = [](const std::string& folder) {
    return test::run_program(
               {"find", ".", "-mindepth", "1", "-printf", "%P\\t%y\\t%m\\t%T@\\t%l\\n"}, folder)
        .out;
  };
  std::string text = test::run_program({"diff", "-r", "--no-dereference", a, b}).out;
  const auto sorted = [](const std::string& lines) {
    return test::run_program({"sh", "-c", "printf '%s' \"$1\" | sort", "sh", lines}).out;
  };
  if (sorted(listing(a)) != sorted(listing(b)))
    text += "metadata differs:\n" + listing(a) + "---\n" + listing(b);
  return text;
}

constexpr uid_t kNobody = 65534;

struct Desk : test::Desk {
  TemporaryFolder out;
  explicit Desk(const std::string& config = "", uid_t user = geteuid()) : test::Desk(config, user) {
    watch();
  }
  std::string work(const std::string& name) const { return folder / name; }
};

TEST_CASE("first light: a save becomes a commit by itself and comes back") {
  Desk desk;
  write_file(desk.work("other.txt"), "Not a novel.\n");
  desk.agent.json({"commit", "-r", "desk"});
  write_file(desk.work("novel.txt"), "It was a dark night.\n");
  desk.agent.json({"status", "--wait"});
  auto log = desk.agent.json({"log", desk.work("novel.txt"), "-r", "desk"});
  REQUIRE(log.size() == 1);
  CHECK(log[0]["kind"] == "auto");
  CHECK(log[0]["changed"]["added"] == 1);

  write_file(desk.work("novel.txt"), "It was a bright day.\n");
  desk.agent.json({"status", "--wait"});
  CHECK(desk.agent.ctl({"cat", "HEAD~1:novel.txt", "-r", "desk"}).out == "It was a dark night.\n");
  const CommandResult patch =
      desk.agent.ctl({"diff", "HEAD~1", "HEAD", "novel.txt", "-r", "desk"}, desk.folder.path());
  CHECK(patch.out.find("-It was a dark night.") != std::string::npos);
  CHECK(patch.out.find("+It was a bright day.") != std::string::npos);

  fs::remove(desk.work("novel.txt"));
  desk.agent.json({"status", "--wait"});
  CHECK(
      desk.agent.ctl({"restore", "HEAD~1", "novel.txt", "-r", "desk"}, desk.folder.path()).status ==
      0);
  CHECK(read_file(desk.work("novel.txt")) == "It was a bright day.\n");
}

TEST_CASE("first light: the top folder comes back with a clone and with a restore of everything") {
  Desk desk;
  const auto mode_of = [](const std::string& path) {
    struct stat stat {};
    REQUIRE(::stat(path.c_str(), &stat) == 0);
    return stat.st_mode & 07777;
  };
  write_file(desk.work("novel.txt"), "It was a dark night.\n");
  desk.agent.json({"commit", "-r", "desk"});
  REQUIRE(::chmod(desk.folder.path().c_str(), 0715) == 0);
  const auto commit = desk.agent.json({"commit", "-r", "desk"});
  REQUIRE(commit["created"] == true);
  CHECK(commit["changed"]["modified"] == 1);
  const auto shown = desk.agent.json({"show", "-r", "desk"})["changes"];
  REQUIRE(shown.size() == 1);
  CHECK(shown[0]["path"] == ".");
  CHECK(shown[0]["change"] == "metadata");
  CHECK(shown[0]["mode_after"] == 0715);

  const std::string remote = desk.out / "remote", clone = desk.out / "clone";
  fs::create_directory(remote);
  desk.agent.json({"remote", "add", "disk", remote, "-r", "desk"});
  desk.agent.json({"sync", "-r", "desk", "--wait"});
  desk.agent.json({"clone", remote, clone, "--name", "copy"});
  CHECK(mode_of(clone) == 0715);
  CHECK(desk.agent.ctl({"restore", "HEAD", "-r", "desk", "--to", desk.out / "new"}).status == 0);
  CHECK(mode_of(desk.out / "new") == 0715);

  // An existing folder keeps its mode, unless --overwrite is given.
  REQUIRE(::chmod(desk.folder.path().c_str(), 0700) == 0);
  CHECK(desk.agent.ctl({"restore", "HEAD", "-r", "desk"}).status == 0);
  CHECK(mode_of(desk.folder.path()) == 0700);
  const std::string id = commit["id"];
  CHECK(desk.agent.ctl({"restore", id, "-r", "desk", "--overwrite"}).status == 0);
  CHECK(mode_of(desk.folder.path()) == 0715);
}

TEST_CASE("first light: a sync that waits sends what was written before it") {
  Desk desk;
  const std::string remote = desk.out / "remote";
  fs::create_directory(remote);
  desk.agent.json({"remote", "add", "disk", remote, "-r", "desk"});
  for (int round = 0; round < 5; ++round) {
    const std::string text = "page " + std::to_string(round);
    write_file(desk.work("novel.txt"), text);
    desk.agent.json({"sync", "-r", "desk", "--wait"});
    CHECK(desk.agent.repository()["remotes"][0]["state"] == "synced");
    CHECK(desk.agent.ctl({"cat", "HEAD:novel.txt", "-r", "desk"}).out == text);
  }
}

TEST_CASE("first light: a commit by hand has its message, and is made once") {
  Desk desk("[repository.desk.watch]\nsettle_quiet = \"1m\"\nsettle_latest = \"1m\"\n");
  write_file(desk.work("novel.txt"), "It was a bright day.\n");
  const auto commit = desk.agent.json({"commit", "-r", "desk", "-m", "brighter"});
  CHECK(commit["created"] == true);
  CHECK(commit["message"] == "brighter");
  CHECK(desk.agent.json({"commit", "-r", "desk"})["created"] == false);
  CHECK(desk.agent.json({"commit", "-r", "desk"})["id"] == commit["id"]);
}

TEST_CASE("first light: a full commit sees what no event tells of") {
  Desk desk;
  write_file(desk.work("letter.txt"), "Dear Sir\n");
  desk.agent.json({"commit", "-r", "desk"});
  // A write makes an event only in the folder of the name that it used.
  fs::create_hard_link(desk.work("letter.txt"), desk.out / "elsewhere");
  desk.agent.json({"commit", "-r", "desk"});
  write_file(desk.out / "elsewhere", "Dear Madam\n");
  CHECK(desk.agent.json({"commit", "-r", "desk"})["created"] == false);
  const auto commit = desk.agent.json({"commit", "-r", "desk", "--full", "-m", "all of it"});
  CHECK(commit["created"] == true);
  CHECK(commit["message"] == "all of it");
  CHECK(desk.agent.ctl({"cat", "HEAD:letter.txt", "-r", "desk"}).out == "Dear Madam\n");
  CHECK(desk.agent.json({"commit", "-r", "desk", "--full"})["created"] == false);
}

TEST_CASE("first light: what was written before commit is in the commit, again and again") {
  Desk desk;
  for (int round = 0; round < 50; ++round) {
    const std::string name = "d" + std::to_string(round % 5) + "/e" + std::to_string(round % 3) +
                             "/f" + std::to_string(round);
    fs::create_directories(fs::path(desk.work(name)).parent_path());
    write_file(desk.work(name), "round " + std::to_string(round));
    if (round % 7 == 6) fs::rename(desk.work("d1"), desk.work("moved" + std::to_string(round)));
    desk.agent.json({"commit", "-r", "desk"});
    TemporaryFolder target;
    REQUIRE(desk.agent.ctl({"restore", "HEAD", "-r", "desk", "--to", target.path()}).status == 0);
    REQUIRE(difference(desk.folder.path(), target.path()).empty());
  }
  CHECK(desk.agent.repository()["last_audit"]["drift"] == 0);
}

TEST_CASE("first light: hostile names and shapes go through byte for byte") {
  Desk desk;
  const std::string root = desk.folder.path();
  write_file(root + "/new\nline", "1");
  write_file(root + "/invalid-\xff\xfe-utf8", "2");
  write_file(root + "/" + std::string(255, 'n'), "3");
  write_file(root + "/-rf", "4");
  write_file(root + "/\u00e9", "composed");
  write_file(root + "/e\u0301", "decomposed");
  write_file(root + "/ leading and trailing ", "5");
  write_file(root + "/\x1b[31mred", "6");
  fs::create_symlink("loop", root + "/loop");
  fs::create_symlink("/etc/passwd", root + "/absolute");
  fs::create_directories(root + "/empty/folder");
  REQUIRE(mkfifo((root + "/fifo").c_str(), 0600) == 0);
  write_file(root + "/script", "#!/bin/sh\n");
  chmod((root + "/script").c_str(), 0751);
  write_file(root + "/zero", "");
  // A path deeper than PATH_MAX, made one step at a time.
  const std::string step(200, 'x');
  const int start = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  REQUIRE(chdir(root.c_str()) == 0);
  for (int depth = 0; depth < 30; ++depth) {
    REQUIRE(mkdir(step.c_str(), 0755) == 0);
    REQUIRE(chdir(step.c_str()) == 0);
  }
  const int deep = open("deep", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
  REQUIRE(write(deep, "deep", 4) == 4);
  close(deep);
  REQUIRE(fchdir(start) == 0);
  close(start);

  desk.agent.json({"commit", "-r", "desk"});
  CHECK(desk.agent.repository()["skipped_special"] == 1);
  const auto entries = desk.agent.json({"ls", "HEAD", "-r", "desk"});
  bool found = false;
  for (const auto& entry : entries) found |= entry.contains("path_b64");
  CHECK(found);
  TemporaryFolder target;
  CHECK(desk.agent.ctl({"restore", "HEAD", "-r", "desk", "--to", target.path()}).status == 0);
  fs::remove(root + "/fifo");
  const int again = open(target.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int at = again;
  for (int depth = 0; depth < 30; ++depth)
    at = openat(at, step.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const int restored = openat(at, "deep", O_RDONLY | O_CLOEXEC);
  char text[8] = {};
  CHECK(read(restored, text, sizeof text) == 4);
  CHECK(std::string(text) == "deep");
  test::run_program({"rm", "-rf", root + "/" + step, target.path() + "/" + step});
  CHECK(difference(root, target.path()).empty());
  // The output to people has no escape sequence from a file's name.
  CHECK(desk.agent.ctl({"ls", "HEAD", "-r", "desk"}).out.find("\x1b[31m") == std::string::npos);
}

TEST_CASE("first light: an unreadable file is reported and captured when it can be read") {
  // Root can read everything, so for root the agent runs as another user.
  Desk desk("", kNobody);
  write_file(desk.work("secret"), "x");
  REQUIRE(chmod(desk.work("secret").c_str(), 0) == 0);
  if (geteuid() == 0) REQUIRE(chown(desk.work("secret").c_str(), kNobody, kNobody) == 0);
  const auto told = desk.agent.ctl({"commit", "-r", "desk"});
  CHECK(told.status == 3);
  CHECK(told.out.find("1 file could not be saved") != std::string::npos);
  CHECK(desk.agent.ctl({"init", desk.folder.path(), "--wait"}).status == 3);
  CHECK(desk.agent.repository()["problem_count"] == 1);
  chmod(desk.work("secret").c_str(), 0600);
  desk.agent.json({"commit", "-r", "desk"});
  CHECK(desk.agent.ctl({"cat", "HEAD:secret", "-r", "desk"}).out == "x");
}

TEST_CASE("first light: the log of a file does not need the folder that it lies in") {
  Desk desk("", kNobody);
  fs::create_directories(desk.work("shut/sub"));
  write_file(desk.work("shut/sub/file"), "1");
  for (const char* name : {"shut", "shut/sub", "shut/sub/file"})
    if (geteuid() == 0) REQUIRE(chown(desk.work(name).c_str(), kNobody, kNobody) == 0);
  desk.agent.json({"commit", "-r", "desk"});
  write_file(desk.work("shut/sub/file"), "2");
  desk.agent.json({"commit", "-r", "desk"});
  REQUIRE(chmod(desk.work("shut").c_str(), 0) == 0);
  for (const char* path : {"shut/sub/file", "shut/sub/../sub/file"}) {
    CAPTURE(path);
    CHECK(desk.agent.json({"log", path, "-r", "desk"}, desk.folder.path()).size() == 2);
    CHECK(desk.agent.json({"log", path, "-n", "1", "-r", "desk"}, desk.folder.path()).size() == 1);
    CHECK(desk.agent.json({"log", desk.work(path), "-n", "1"}).size() == 1);
  }
  REQUIRE(chmod(desk.work("shut").c_str(), 0700) == 0);
}

TEST_CASE("first light: a folder remote follows each commit, and a clone brings everything back") {
  Desk desk;
  TemporaryFolder remote;
  write_file(desk.work("a"), "one");
  desk.agent.json({"commit", "-r", "desk"});
  desk.agent.json({"remote", "add", "backup", "file://" + remote.path() + "/store", "-r", "desk"});
  desk.agent.json({"sync", "--wait", "-r", "desk"});
  write_file(desk.work("b"), std::string(300'000, 'b'));
  fs::create_directories(desk.work("empty"));
  desk.agent.json({"commit", "-r", "desk", "-m", "second"});
  desk.agent.json({"sync", "--wait", "-r", "desk"});
  const auto status = desk.agent.repository()["remotes"][0];
  CHECK(status["state"] == "synced");
  CHECK(status["behind_commits"] == 0);

  RealAgent other;
  TemporaryFolder place;
  const auto cloned = other.json({"clone", "./store", place / "copy"}, remote.path())["result"];
  CHECK(cloned["head"] == desk.agent.repository()["head"]);
  CHECK(difference(desk.folder.path(), place / "copy").empty());
  const auto log = other.json({"log"}, place / "copy");
  CHECK(log.size() == desk.agent.json({"log", "-r", "desk"}).size());
  other.json({"status", "--wait"});
  // Nothing differed, so watching the clone made no commit.
  CHECK(other.repository()["head"] == cloned["head"]);
}

TEST_CASE(
    "first light: a missing root suspends and resumes by itself, an emptied one was emptied") {
  RealAgent agent;
  TemporaryFolder parent;
  fs::create_directories(parent / "root/sub");
  write_file(parent / "root/sub/file", "kept");
  agent.start();
  agent.json({"init", parent / "root", "--name", "root"});
  const auto head = agent.json({"commit", "-r", "root"})["id"];

  fs::rename(parent / "root", parent / "elsewhere");
  CHECK(test::eventually([&] { return agent.repository()["state"] == "suspended"; }));
  CHECK(agent.ctl({"status"}).status == 3);
  CHECK(agent.ctl({"commit", "-r", "root"}).status != 0);
  CHECK(agent.repository()["head"] == head);

  fs::rename(parent / "elsewhere", parent / "root");
  CHECK(test::eventually([&] { return agent.repository()["state"] == "watching"; }));
  CHECK(agent.repository()["head"] == head);
  write_file(parent / "root/sub/file", "changed");
  CHECK(agent.json({"commit", "-r", "root"})["changed"]["modified"] == 1);

  fs::remove_all(parent / "root/sub");
  CHECK(agent.json({"commit", "-r", "root"})["changed"]["deleted"] != 0);
  CHECK(agent.repository()["state"] == "watching");
  CHECK(agent.ctl({"restore", "HEAD~1", "-r", "root"}).status == 0);
  CHECK(read_file(parent / "root/sub/file") == "changed");
}

TEST_CASE("first light: stopping and killing lose nothing that was acknowledged") {
  Desk desk;
  for (const int signal : {SIGTERM, SIGINT, SIGKILL}) {
    write_file(desk.work("file"), "before signal " + std::to_string(signal));
    const auto id = desk.agent.json({"commit", "-r", "desk"})["id"];
    const int status = desk.agent.stop(signal);
    CHECK(status == (signal == SIGKILL ? 128 + SIGKILL : 0));
    write_file(desk.work("meanwhile"), std::to_string(signal));
    desk.agent.start();
    CHECK(desk.agent.json({"show", id.get<std::string>(), "-r", "desk"})["commit"]["id"] == id);
    desk.agent.json({"status", "--wait"});
    CHECK(desk.agent.ctl({"cat", "HEAD:meanwhile", "-r", "desk"}).out == std::to_string(signal));
    CHECK(desk.agent.json({"verify", "--read-data", "-r", "desk"})["errors"].empty());
  }
}

TEST_CASE("first light: SIGHUP reads the configuration again, and a bad one is refused") {
  Desk desk;
  write_file(desk.agent.home() + "/config.toml", "[watch]\nsettle_quiett = \"1s\"\n");
  kill(desk.agent.pid(), SIGHUP);
  CHECK(
      test::eventually([&] { return desk.agent.log().find("settle_quiet") != std::string::npos; }));
  write_file(desk.work("x"), "the agent goes on with what it had");
  CHECK(desk.agent.json({"commit", "-r", "desk"})["created"] == true);
  const CommandResult shown = desk.agent.ctl({"config", "show"});
  CHECK(shown.status != 0);
  CHECK(shown.err.find("config.toml:2") != std::string::npos);
  CHECK(shown.err.find("settle_quiet") != std::string::npos);
}

TEST_CASE("first light: a second agent says who holds the home") {
  Desk desk;
  const std::vector<std::string> command{test::program("vcsd"), "--home", desk.agent.home()};
  const auto refused = [&](const std::vector<std::string>& vcsd, int status,
                           const std::string& word) {
    const CommandResult second = test::run_program(vcsd);
    CAPTURE(vcsd, second.err);
    CHECK(second.status == status);
    CHECK(second.err.find(word) != std::string::npos);
  };
  const std::string pid = std::to_string(desk.agent.pid());
  refused({command[0], command[1], command[2], "--foreground"}, 75, pid);
  refused(command, 1, pid);  // the child reports it through the process that was started
  refused({command[0], "--no-such-option"}, 2, "--no-such-option");
}

TEST_CASE("first light: a full disk is told and goes by") {
  if (geteuid() != 0) {
    WARN("skipped: only root can mount a small disk");
    return;
  }
  TemporaryFolder disk, folder;
  REQUIRE(
      test::run_program({"mount", "-t", "tmpfs", "-o", "size=3m", "none", disk.path()}).status ==
      0);
  {
    RealAgent agent("", geteuid(), disk / "home");
    agent.start();
    write_file(folder / "small", "fits");
    agent.json({"init", folder.path(), "--name", "full"});
    const auto head = agent.json({"commit", "-r", "full"})["id"];
    test::run_program(
        {"sh", "-c", "head -c 8000000 /dev/urandom > \"$1\"", "sh", folder / "large"});
    const CommandResult refused = agent.ctl({"commit", "-r", "full"});
    CHECK(refused.status == 1);
    CHECK(agent.repository()["state"] == "error");
    CHECK(agent.repository()["head"] == head);
    CHECK(agent.ctl({"status"}).status == 3);
    REQUIRE(test::run_program({"mount", "-o", "remount,size=64m", disk.path()}).status == 0);
    CHECK(test::eventually([&] { return agent.repository()["state"] == "watching"; }));
    CHECK(agent.json({"ls", "HEAD", "-r", "full"}).size() == 2);
    CHECK(agent.json({"verify", "--read-data", "-r", "full"})["errors"].empty());
    agent.stop(SIGTERM);
  }
  CHECK(test::run_program({"umount", disk.path()}).status == 0);
}

TEST_CASE("first light: mistakes are answered with what to do") {
  Desk desk;
  write_file(desk.work("a"), "1");
  desk.agent.json({"commit", "-r", "desk"});
  fs::create_directories(desk.work("inner"));
  const auto refused = [&](const std::vector<std::string>& arguments, int status,
                           const std::string& word) {
    const CommandResult result = desk.agent.ctl(arguments);
    CAPTURE(arguments, result.out, result.err);
    CHECK(result.status == status);
    CHECK(result.err.find(word) != std::string::npos);
  };
  refused({"init", desk.work("inner")}, 1, "lies inside");
  refused({"init", desk.agent.home() + "/.."}, 1, "own data");
  refused({"init", "/nowhere/at/all"}, 1, "/nowhere/at/all");
  refused({"log", "-r", "unknown"}, 1, "unknown");
  refused({"show", "0123456789", "-r", "desk"}, 1, "0123456789");
  refused({"show", "zz", "-r", "desk"}, 1, "zz");
  refused({"show", "HEAD~999", "-r", "desk"}, 1, "HEAD~999");
  // Every command refuses an unknown commit, and names it.
  for (const char* unknown : {"0123456789", "HEAD~999", "@{99:99}"}) {
    const std::string range = std::string(unknown) + "..HEAD";
    for (const std::vector<std::string>& words : {std::vector<std::string>{"show", unknown},
                                                  {"ls", unknown},
                                                  {"restore", unknown, "a"},
                                                  {"diff", unknown, "HEAD"},
                                                  {"diff", range},
                                                  {"cat", std::string(unknown) + ":a"}}) {
      std::vector<std::string> arguments = words;
      arguments.insert(arguments.end(), {"-r", "desk"});
      refused(arguments, 1, std::string(unknown) == "@{99:99}" ? "99:99" : unknown);
    }
    for (const std::vector<std::string>& words : {std::vector<std::string>{"log", range},
                                                  {"show", range},
                                                  {"restore", range},
                                                  {"restore", range, "a"}}) {
      std::vector<std::string> arguments = words;
      arguments.insert(arguments.end(), {"-r", "desk"});
      refused(arguments, 1, "is a range; ranges are for diff: vcsctl diff ");
    }
  }
  refused({"show", "@{2 years ago}", "-r", "desk"}, 1,
          "there is no save at or before '2 years ago'; the first one is ");
  refused({"restore", "--at", "2 years ago", "a", "-r", "desk", "--overwrite"}, 1,
          "there is no save at or before '2 years ago'; the first one is ");
  refused({"log", "absent", "-r", "desk"}, 1, "absent is not in the history of desk");
  refused({"cat", "HEAD:absent", "-r", "desk"}, 1, "'absent' is not in commit");
  refused({"restore", "HEAD", "absent", "-r", "desk", "--to", desk.out / "x"}, 1,
          "'absent' is not in commit");
  // The message must not suggest `vcsctl log`, which lists only paths that the history knows.
  CHECK(desk.agent.ctl({"cat", "HEAD:absent", "-r", "desk"}).err.find("vcsctl log") ==
        std::string::npos);
  refused({"remote", "add", "r", "nonsense://x", "-r", "desk"}, 1, "nonsense");
  refused({"commit", "--no-such-option"}, 2, "no-such-option");
  refused({"no-such-command"}, 2, "");
}

TEST_CASE("first light: vcsctl starts the agent when none runs") {
  RealAgent agent;
  TemporaryFolder folder;
  write_file(folder / "a", "1");
  agent.json({"init", folder.path()});
  agent.json({"status", "--wait"});
  CHECK(agent.repository()["files"] == 1);
  CHECK(agent.ctl({"stop"}).status == 0);
  CHECK(agent.ctl({"status", "--no-start"}).status == 1);
}

}  // namespace
