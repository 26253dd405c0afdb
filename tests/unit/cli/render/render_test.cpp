// SPDX-License-Identifier: Apache-2.0
// The output for people: widths, escapes, sizes, times, columns and the status.

#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>
#include <sstream>

#include "cli/render/changes.hpp"
#include "cli/render/json.hpp"
#include "cli/render/progress.hpp"
#include "cli/render/restored.hpp"
#include "cli/render/status.hpp"
#include "cli/render/text.hpp"
#include "core/base/time_expression.hpp"
#include "tests/support/time_zone.hpp"

using namespace vcs;
using namespace vcs::cli;

namespace {

constexpr base::UnixNanos kNow = base::unix_nanos(1'700'000'000'000'000'000);
constexpr base::Nanos kSecond = std::chrono::seconds(1);

double one_hour(const std::string&) {
  return 3600;
}

ipc::StatusResponse one_repository() {
  ipc::RepositoryStatus repository;
  repository.name = "notes";
  repository.state = ipc::RepositoryState::watching;
  repository.head = std::string(64, 'a');
  repository.head_time = kNow;
  ipc::StatusResponse status;
  status.repositories.push_back(repository);
  return status;
}

}  // namespace

TEST_CASE("text: a name cannot move the cursor") {
  CHECK(escaped("plain é 漢.txt") == "plain é 漢.txt");
  CHECK(escaped("a\x1b[31m\n\t") == "a\\x1b[31m\\n\\t");
  CHECK(escaped("\xff\\") == "\\xff\\\\");
  CHECK(escaped("\xe2\x80\xae") == "\\u202e");
  CHECK(escaped("\xc2\x9b") == "\\u009b");
  for (int c = 0; c < 256; ++c)
    for (const char shown : escaped(std::string(1, static_cast<char>(c))))
      CHECK((shown >= 0x20 && shown < 0x7f));
  CHECK(escaped_text("two\nlines\x1b") == "two\nlines\\x1b");
}

TEST_CASE("text: widths count columns") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("é") == 1);
  CHECK(display_width("漢字") == 4);
  CHECK(display_width("e\xcc\x81") == 1);
  CHECK(display_width(Style(true).bad("abc")) == 3);
  CHECK(display_width("\x1b[") == 0);
}

TEST_CASE("text: numbers and durations") {
  CHECK(with_separators(0) == "0");
  CHECK(with_separators(999) == "999");
  CHECK(with_separators(1'234'567) == "1,234,567");
  CHECK(counted(1, "file", "files") == "1 file");
  CHECK(human_duration(14.9) == "14 s");
  CHECK(human_duration(60) == "1 minute");
  CHECK(human_duration(7300) == "2 hours");
  CHECK(human_duration(-1) == "0 s");
  CHECK(ago(kNow - 120 * kSecond, kNow) == "2 minutes ago");
  CHECK(ago(kNow, kNow) == "just now");
  CHECK(ago(kNow + 5 * kSecond, kNow) == "in 5 s");
  CHECK(ago({}, kNow) == "never");
}

TEST_CASE("status: nothing is claimed of a repository before it is open") {
  ipc::StatusResponse status;
  status.repositories.emplace_back();
  ipc::RepositoryStatus& repository = status.repositories.back();
  repository.name = "notes";
  repository.state = ipc::RepositoryState::opening;
  repository.open = false;
  const std::string text = status_text(status, one_hour, kNow, Style(false));
  CHECK(text.find("Not everything is known yet: notes is being opened.") == 0);
  CHECK(text.find("state    opening") != std::string::npos);
  CHECK(text.find("no commit yet") == std::string::npos);
  CHECK(text.find("files") == std::string::npos);
  // The exit status promises nothing, either.
  CHECK(attention(status, one_hour).size() == 1);
}

TEST_CASE("status: before everything was looked at nobody is told that all saves are kept") {
  ipc::StatusResponse status = one_repository();
  status.repositories[0].open = true;
  status.repositories[0].state = ipc::RepositoryState::scanning;
  CHECK(headline(status, kNow).find("What changed while nobody watched is not known yet: ") == 0);
  status.repositories[0].state = ipc::RepositoryState::watching;
  CHECK(headline(status, kNow).find("All saves are kept") == 0);
}

TEST_CASE("status: a damaged history needs somebody") {
  ipc::StatusResponse status = one_repository();
  status.repositories[0].damage = "the newest commit is lost";
  const std::string text = status_text(status, one_hour, kNow, Style(false));
  CHECK(text.find("All saves are kept") == std::string::npos);
  CHECK(text.find("damage   the newest commit is lost") != std::string::npos);
  REQUIRE(attention(status, one_hour).size() == 1);
  CHECK(attention(status, one_hour)[0].find("vcsctl repair -r ") != std::string::npos);
}

TEST_CASE("status: a store is smaller only where that can be seen") {
  ipc::StatusResponse status = one_repository();
  ipc::RepositoryStatus& repository = status.repositories[0];
  repository.open = true;
  repository.store.bytes_stored = 100;
  repository.store.bytes_raw = 104;
  CHECK(status_text(status, one_hour, kNow, Style(false)).find("times smaller") ==
        std::string::npos);
  repository.store.bytes_raw = 106;
  CHECK(status_text(status, one_hour, kNow, Style(false)).find("1.1 times smaller") !=
        std::string::npos);
}

TEST_CASE("status: a disk and a pack that are gone need somebody") {
  ipc::StatusResponse status = one_repository();
  status.repositories[0].unmounted = {{"media/disk", "", {}}};
  status.repositories[0].missing_packs = {"00000003.pack"};
  CHECK(attention(status, one_hour).size() == 2);
  const std::string text = status_text(status, one_hour, kNow, Style(false));
  CHECK(text.find("! notes: media/disk is not mounted any more") != std::string::npos);
  CHECK(text.find("! notes: 1 pack is gone from its store; see: vcsctl repair -r notes") !=
        std::string::npos);
  CHECK(text.find("00000003.pack is gone") != std::string::npos);
  CHECK(text.find("All saves are kept") == std::string::npos);
}

TEST_CASE("text: times are local") {
  const test::TimeZone utc("UTC");
  CHECK(date_and_time(kNow) == "2023-11-14 22:13:20");
  CHECK(date_and_time(base::unix_nanos(-1)) == "1969-12-31 23:59:59");
  CHECK(clock_time(kNow, kNow + kSecond) == "22:13:20");
  CHECK(clock_time(kNow, kNow + 86'400 * kSecond) == "2023-11-14 22:13:20");
}

TEST_CASE("text: a time that comes twice says which of the two it is, and can be given back") {
  const test::TimeZone rome("CET-1CEST,M3.5.0,M10.5.0/3");
  using std::chrono::seconds;
  constexpr base::UnixNanos kFirst(seconds(1'792'888'200)), kLater(seconds(1'798'000'000));
  CHECK(date_and_time(kFirst) == "2026-10-25 02:30:00 +02:00");
  CHECK(date_and_time(kFirst + seconds(3600)) == "2026-10-25 02:30:00 +01:00");
  CHECK(date_and_time(kFirst + seconds(7200)) == "2026-10-25 03:30:00");
  for (const char* zone :
       {"CET-1CEST,M3.5.0,M10.5.0/3", "UTC", "JST-9", "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"}) {
    const test::TimeZone asker(zone);
    for (base::UnixNanos time = kFirst - std::chrono::days(20);
         time < kFirst + std::chrono::days(20); time += seconds(1733))
      REQUIRE(base::parse_time_expression(date_and_time(time), kLater) ==
              time + kSecond - base::Nanos(1));
  }
}

TEST_CASE("text: columns are aligned and lines end without spaces") {
  Table table({Table::Align::left, Table::Align::right, Table::Align::left});
  table.add({"a", "1", "x"});
  table.add({"漢字", "100", ""});
  CHECK(table.text() == "a       1  x\n漢字  100\n");
}

TEST_CASE("progress: a line is cut to the terminal") {
  const ipc::Progress progress{ipc::Stage::reading, 10, 20, 50, 100};
  const std::string line = progress_line(progress, 10, 200);
  CHECK(line.find(" 50 %") != std::string::npos);
  CHECK(line.find("10 of 20 files") != std::string::npos);
  CHECK(line.find("5 s left") != std::string::npos);
  for (std::size_t width = 0; width < 120; ++width)
    CHECK(display_width(progress_line(progress, 10, width)) <= width);
}

TEST_CASE("status: the first line says whether it is safe") {
  auto status = one_repository();
  auto& repository = status.repositories[0];
  CHECK(headline(status, kNow).find("All saves are kept") == 0);
  CHECK(headline(status, kNow).find("on this machine only") != std::string::npos);
  repository.remotes.push_back(
      {"backup", "file:///b", ipc::RemoteState::synced, 0, 0, "", kNow, {}});
  CHECK(headline(status, kNow).find("copied to backup") != std::string::npos);
  repository.problem_count = 2;
  CHECK(headline(status, kNow).find("All saves") == std::string::npos);
  repository.state = ipc::RepositoryState::suspended;
  CHECK(headline(status, kNow).find("NOT") != std::string::npos);
  CHECK(headline({}, kNow).find("Nothing is watched") == 0);
  status.repositories[0].state = ipc::RepositoryState::stopping;
  status.repositories[0].open = false;
  CHECK(headline(status, kNow).find("The agent is stopping") == 0);
}

TEST_CASE("status: what needs attention") {
  auto status = one_repository();
  auto& repository = status.repositories[0];
  CHECK(attention(status, one_hour).empty());
  repository.remotes.push_back({"backup", "u", ipc::RemoteState::pending, 3, 14, "", {}, {}});
  CHECK(attention(status, one_hour).empty());
  CHECK(remote_lag(repository.remotes[0]) == "3 saves behind (14 s)");
  repository.remotes[0].state = ipc::RemoteState::syncing;
  CHECK(remote_lag(repository.remotes[0]) == "copying, 3 saves behind (14 s)");
  repository.remotes[0].oldest_unsynced_seconds = 3601;
  CHECK(attention(status, one_hour).size() == 1);
  repository.remotes[0] = {"backup", "u", ipc::RemoteState::error, 0, 0, "denied", {}, {}};
  CHECK(attention(status, one_hour).size() == 1);
  for (const auto state : {ipc::RepositoryState::suspended, ipc::RepositoryState::error}) {
    repository.state = state;
    CHECK(attention(status, one_hour).size() == 2);
  }
}

TEST_CASE("status: the brake is told with what to do") {
  auto status = one_repository();
  auto& repository = status.repositories[0];
  CHECK(status_text(status, one_hour, kNow, Style()).find("alarm") == std::string::npos);
  repository.alarm = {ipc::AlarmReason::encryption, kNow, std::string(64, 'b'), 2, 412};
  REQUIRE(attention(status, one_hour).size() == 1);
  CHECK(attention(status, one_hour)[0] ==
        "notes: 412 files were rewritten with content that looks encrypted");
  const std::string text = status_text(status, one_hour, kNow, Style());
  for (const char* command :
       {"vcsctl diff bbbbbbbbbbbb HEAD -r notes",
        "vcsctl restore bbbbbbbbbbbb --overwrite -r notes", "vcsctl alarm --acknowledge -r notes"})
    CHECK(text.find(command) != std::string::npos);
}

TEST_CASE("status: few watches left come with the command that allows more") {
  auto status = one_repository();
  CHECK(status_text(status, one_hour, kNow, Style()).find("sysctl") == std::string::npos);
  status.repositories[0].watches = {1'000'000, 1'000'000, 5, 0};
  CHECK(status_text(status, one_hour, kNow, Style())
            .find("sudo sysctl fs.inotify.max_user_watches=2000010") != std::string::npos);
  status.repositories[0].watches = {0, 0, 1, 0};
  CHECK(status_text(status, one_hour, kNow, Style()).find("fs.inotify.max_user_instances=") !=
        std::string::npos);
}

TEST_CASE("status: a narrow window has two lines an item, and none is too long") {
  auto status = one_repository();
  status.repositories[0].alarm = {ipc::AlarmReason::encryption, kNow, std::string(64, 'b'), 2, 412};
  const std::string text = status_text(status, one_hour, kNow, Style(), 40);
  CHECK(text.find("\n  state\n    watching\n") != std::string::npos);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    const bool one_word = line.find(' ', line.find_first_not_of(' ')) == std::string::npos;
    CHECK((one_word || display_width(line) <= 40));
  }
  CHECK(status_text(status, one_hour, kNow, Style(), 60).find("  state    watching\n") !=
        std::string::npos);
}

TEST_CASE("changes: letters, modes and log lines") {
  ipc::ChangeInfo change;
  change.path = "run.sh", change.change = ipc::Change::metadata, change.mode_before = 0100644,
  change.mode_after = 0100755;
  CHECK(change_line(change, Style()) == "P  run.sh  (0644 -> 0755)");
  change.change = ipc::Change::added;
  CHECK(change_line(change, Style()) == "A  run.sh");
  ipc::CommitInfo commit;
  commit.id = std::string(64, 'b'), commit.kind = ipc::CommitKind::manual,
  commit.message = "one\x1b\ntwo";
  const std::string line = log_line(commit, {}, Style());
  CHECK(line.find("bbbbbbbbbbbb  ") == 0);
  CHECK(line.find("one\\x1b") != std::string::npos);
  CHECK(line.find("two") == std::string::npos);
}

TEST_CASE("changes: a log names files") {
  const test::TimeZone utc("UTC");
  ipc::CommitInfo commit;
  commit.id = std::string(64, 'b'), commit.time = kNow;
  const auto line = [&](std::string_view path = {}) {
    return log_line(commit, {path, {}}, Style()).substr(35);
  };
  commit.changed = {0, 1, 0};
  CHECK(line() == "1 modified");  // from an agent that names no files
  commit.paths = {{"chapter-07.md", ipc::Change::modified, ipc::FileType::file, 1200}};
  CHECK(line() == "chapter-07.md");
  CHECK(line("chapter-07.md") == "1.20 kB");
  CHECK(log_line(commit, {{}, kNow + 120 * kSecond}, Style()) ==
        "bbbbbbbbbbbb  2023-11-14 22:13:20  2 minutes ago   chapter-07.md");
  commit.paths[0].change = ipc::Change::added;
  commit.changed = {1, 0, 0};
  CHECK(line() == "chapter-07.md  created");
  CHECK(line("chapter-07.md") == "created, 1.20 kB");
  commit.paths[0] = {"a\n", ipc::Change::deleted, ipc::FileType::file, 0};
  commit.changed = {3, 9, 2};
  CHECK(line() == "a\\n and 13 more  created 3, deleted 2");
  CHECK(line("a\n") == "deleted");
  commit.changed = {};
  commit.paths.clear();
  commit.message = "as it is";
  CHECK(line() == "nothing changed  as it is");
}

TEST_CASE("json: errors name their code") {
  CHECK(error_json({base::ErrorCode::not_found, "no \"x\"", 0}) ==
        R"({"error":{"code":"not_found","message":"no \"x\""}})");
}

TEST_CASE("render: a restore says what came back, as of when") {
  const test::TimeZone zone("UTC");
  ipc::RestoreResponse done;
  done.commit = std::string(64, 'c'), done.target = "/w";
  const auto said = [&](bool overwrite = false, bool elsewhere = false) {
    return restore_summary(done, {overwrite, elsewhere}, kNow);
  };
  CHECK(said() == "nothing to restore\n");
  done.unchanged = 2;
  CHECK(said() == "nothing had to be restored; 2 as saved already\n");
  done.metadata = 1;
  CHECK(
      said() ==
      "nothing had to be restored; 2 as saved already (1 but for mode, owner, time or attributes; "
      "--overwrite sets them)\n");
  CHECK(said(true) ==
        "set mode, owner, time or attributes of 1 file or folder; 1 as saved already\n");
  done.metadata = 2, done.dry_run = true;
  CHECK(said(true) == "would set mode, owner, time or attributes of 2 files and folders\n");
  done.metadata = 0, done.dry_run = false;
  done.unchanged = 0, done.created = 1, done.bytes = 36;
  done.commit_time = kNow;
  done.only = "src/main.c";
  CHECK(said() == "restored src/main.c as of 22:13:20 (36 B)\n");
  CHECK(said(false, true) == "restored src/main.c as of 22:13:20 (36 B) in /w\n");
  done.dry_run = true;
  CHECK(said() == "would create src/main.c\n");
  done.created = 0, done.replaced = 1;
  CHECK(said(true) == "would replace src/main.c\n");
  done.dry_run = false;
  done.only.clear();
  done.created = 11, done.before = std::string(64, 'b'), done.refused = 1;
  CHECK(said(true) ==
        "restored 12 files and folders as of 22:13:20 (36 B), 1 of them replaced; 1 kept\n"
        "what stood there before is in bbbbbbbbbbbb\n");
  done.commit_time = {}, done.failed = 3;
  CHECK(said().starts_with("restored 12 files and folders as in cccccccccccc (36 B)"));
  CHECK(said().find("; 3 failed\n") != std::string::npos);
}

TEST_CASE("render: status tells when nobody watched, while files changed") {
  const test::TimeZone zone("UTC");
  ipc::StatusResponse status;
  status.repositories.emplace_back();
  ipc::RepositoryStatus& notes = status.repositories[0];
  notes.name = "notes", notes.state = ipc::RepositoryState::watching, notes.head = "1";
  const base::UnixNanos now = kNow;
  constexpr base::Nanos hour = std::chrono::hours(1);
  notes.head_time = now;
  const auto text = [&] {
    return status_text(
        status, [](const auto&) { return 1e9; }, now, Style(false));
  };
  CHECK(text().find("not watched") == std::string::npos);
  notes.unwatched = {{now - 2 * hour, now - hour}};
  CHECK(text().find("  gap      not watched from 20:13:20 to 21:13:20\n") != std::string::npos);
  CHECK(attention(status, [](const auto&) { return 1e9; }).empty());
  notes.unwatched.push_back({now - 30 * hour, now - 29 * hour});
  CHECK(text().find("to 21:13:20, nor at 1 other time in the last week\n") != std::string::npos);
}
