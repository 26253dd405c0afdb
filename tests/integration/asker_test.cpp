// SPDX-License-Identifier: Apache-2.0
// vcsctl in unusual places, with the real programs: other time zones, folders that are gone, closed
// descriptors, odd bytes.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <thread>

#include "tests/support/desk.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/must.hpp"

namespace {

using namespace vcs;
using test::CommandResult;
using test::write_file;

struct Desk : test::Desk {
  // Runs vcsctl in the time zone `zone`.
  CommandResult ask_in(const std::string& zone, std::vector<std::string> words) const {
    words.insert(words.begin(), test::program("vcsctl"));
    words.insert(words.end(), {"--home", agent.home(), "--no-start"});
    return test::run_program(words, folder.path(), {"TZ=" + zone});
  }
  // Runs a shell script, with vcsctl as $ctl.
  CommandResult shell(const std::string& script) const {
    const std::string ctl = test::program("vcsctl") + " --no-start --home " + agent.home();
    return test::run_program({"sh", "-c", script}, folder.path(), {"ctl=" + ctl});
  }
};

}  // namespace

TEST_CASE("asker: what log shows in a zone means the same commit when it is given back there") {
  Desk desk;
  write_file(desk.folder / "letter", "0");
  desk.watch();
  std::vector<std::string> ids;
  const auto second = [] {
    return std::chrono::floor<std::chrono::seconds>(base::SystemClock().now());
  };
  decltype(second()) last{};
  for (int i = 1; i <= 3; ++i) {
    // Shown times have seconds, so each commit needs a second of its own.
    REQUIRE(test::eventually([&] { return second() > last; }));
    write_file(desk.folder / "letter", std::to_string(i));
    ids.push_back(desk.commit());
    last = second();
  }
  for (const char* zone : {"UTC", "JST-9", "<-0330>3:30"}) {
    const CommandResult log = desk.ask_in(zone, {"log", "-n", "3"});
    REQUIRE(log.status == 0);
    std::istringstream lines(log.out);
    for (int i = 3; i >= 1; --i) {
      std::string line;
      REQUIRE(std::getline(lines, line));
      const std::string shown = line.substr(14, 19);
      INFO(zone << ": " << line);
      CHECK(desk.ask_in(zone, {"cat", "@{" + shown + "}:letter"}).out == std::to_string(i));
      CHECK(desk.ask_in(zone, {"cat", "--at", shown, "letter"}).out == std::to_string(i));
    }
  }
  const CommandResult early = desk.ask_in("JST-9", {"cat", "--at", "2 hours ago", "letter"});
  CHECK(early.status == 1);
  CHECK(early.out.empty());
  CHECK(early.err.find("there is no save at or before '2 hours ago'") != std::string::npos);
}

TEST_CASE("asker: commands work in a folder that was removed") {
  Desk desk;
  std::filesystem::create_directories(desk.folder / "s/t");
  write_file(desk.folder / "s/t/letter", "dear");
  desk.watch();
  const CommandResult result = desk.shell(
      "cd s/t && rm -r ../../s && $ctl status >/dev/null && $ctl repo list >/dev/null &&"
      "$ctl restore HEAD~0 letter -r desk --at now 2>/dev/null;"
      "$ctl log letter >/dev/null && $ctl restore HEAD letter || $ctl restore HEAD~1 letter");
  INFO(result.out << result.err);
  CHECK(result.status == 0);
  CHECK(test::read_file(desk.folder / "s/t/letter") == "dear");
  const CommandResult unclear =
      desk.shell("mkdir gone && cd gone && rmdir ../gone && $ctl restore HEAD --to out");
  CHECK(unclear.status == 1);
}

TEST_CASE("asker: a closed output takes nothing, and nobody else's place") {
  Desk desk;
  write_file(desk.folder / "letter", "dear");
  desk.watch();
  for (const char* closed : {">&-", "2>&-", "<&-", ">&- 2>&- <&-"})
    CHECK(desk.shell(std::string("$ctl status --json ") + closed).status == 0);
  // When the reader of the pipe is gone, vcsctl prints nothing about it.
  const CommandResult gone = desk.shell("(trap '' PIPE; $ctl log --json; echo $? >&2) | true");
  CHECK(gone.err.find("Broken pipe") == std::string::npos);
}

TEST_CASE("asker: Ctrl-C ends with the status that shells expect") {
  Desk desk;
  desk.watch();
  // vcsctl handles signals before it connects.
  const CommandResult stopped = desk.shell(
      "$ctl events >/dev/null & p=$!; until ls -l /proc/$p/fd | grep -q socket; do :; done;"
      "kill -INT $p; wait $p; echo $?");
  CHECK(stopped.out == "130\n");
}

TEST_CASE("asker: colours are for terminals, or for who asks for them") {
  Desk desk;
  write_file(desk.folder / "letter", "dear");
  desk.watch();
  const std::string kEscape = "\x1b[";
  CHECK(desk.agent.ctl({"log", "-r", "desk"}).out.find(kEscape) == std::string::npos);
  CHECK(desk.agent.ctl({"log", "-r", "desk", "--color=always"}).out.find(kEscape) !=
        std::string::npos);
  CHECK(desk.agent.ctl({"log", "-r", "desk", "--color", "purple"}).status == 2);
}

TEST_CASE("asker: bytes that are no text name folders, files and messages as they are") {
  Desk desk;
  const std::string odd = "w\xff";
  std::filesystem::create_directories(desk.folder / odd);
  write_file(desk.folder / odd + "/letter", "dear");
  desk.agent.start();
  const auto run = [&](const std::vector<std::string>& words) {
    const CommandResult result = desk.agent.ctl(words, desk.folder / odd);
    INFO(words.front() << ": " << result.err);
    REQUIRE(result.status == 0);
    return result.out;
  };
  run({"init", ".", "--name", "odd", "--wait"});
  write_file(desk.folder / odd +
                 "/\x01"
                 "a",
             "control");
  run({"commit"});
  CHECK(run({"cat",
             "HEAD:\x01"
             "a"}) == "control");
  std::filesystem::remove(desk.folder / odd + "/letter");
  run({"restore", "HEAD", "letter"});
  CHECK(test::read_file(desk.folder / odd + "/letter") == "dear");
  const std::string copy = desk.folder / "copy\xff";
  run({"remote", "add", "disk", copy});
  run({"sync", "--wait"});
  CHECK(std::filesystem::exists(copy + "/config"));
  int round = 0;  // a save that was made by itself meanwhile has no message
  CHECK(test::eventually([&] {
    write_file(desk.folder / odd + "/letter", std::to_string(++round));
    run({"commit", "-m", "caf\xe9"});
    return nlohmann::json::parse(run({"log", "--json"}))[0].value("message_b64", "") == "Y2Fm6Q==";
  }));
}

TEST_CASE("asker: ids may be in capitals, and nothing named is not everything") {
  Desk desk;
  write_file(desk.folder / "letter", "dear");
  desk.watch();
  std::string id = desk.commit().substr(0, 12);
  for (char& c : id) c = static_cast<char>(std::toupper(c));
  CHECK(desk.agent.ctl({"show", id}).status == 0);
  CHECK(desk.agent.ctl({"show", "HEAD~0^"}).status == 1);
  const auto refused = [](const auto& answer) {
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == base::ErrorCode::invalid);
  };
  ipc::Client& client = desk.client();
  const auto ignore = [](const auto&) { return true; };
  refused(client.stream<ipc::Show>({"desk", ""}, ignore));
  refused(client.stream<ipc::Ls>({"desk", "", "", false}, ignore));
  refused(client.call<ipc::Content>({"desk", "", "letter", 0, 0}));
  refused(client.stream<ipc::Diff>({"desk", "", "HEAD", ""}, ignore));
  ipc::RestoreRequest restore;
  restore.repository = "desk";
  restore.dry_run = true;
  refused(client.stream<ipc::Restore>(restore, ignore));
  restore.commit = "HEAD";
  restore.paths = {""};
  refused(client.stream<ipc::Restore>(restore, ignore));
  restore.paths = {"b64:"};
  refused(client.stream<ipc::Restore>(restore, ignore));
  refused(client.call<ipc::RepoRemove>({"", false, false, ""}));
}
