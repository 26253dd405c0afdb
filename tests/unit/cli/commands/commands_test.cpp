// SPDX-License-Identifier: Apache-2.0
// Whole commands against an agent that answers as the test says.

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <thread>

#include "cli/agent/service_unit.hpp"
#include "cli/context.hpp"
#include "cli/exit_status.hpp"
#include "cli/line/command.hpp"
#include "cli/line/parser.hpp"
#include "cli/render/unsaved.hpp"
#include "core/base/filesystem.hpp"
#include "ipc/base64.hpp"
#include "ipc/client.hpp"
#include "tests/support/fake_service.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/must.hpp"
#include "tests/support/socket_server.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/time_zone.hpp"

using namespace vcs;
using namespace vcs::cli;

namespace {

struct Desk {
  test::TemporaryFolder folder;
  test::FakeService service;
  test::ManualClock clock;
  std::unique_ptr<base::FileSystem> filesystem = base::make_posix_filesystem();
  std::vector<std::unique_ptr<test::SocketServer>> servers;
  std::string out, err;
  std::string here = "/w/sub", worktree = "/w";
  config::Environment environment{{"VCSCTL_COMPLETION_PATIENCE", "1h"}};

  Desk() {
    service.on<ipc::RepoList>() = [this](auto, auto reply) {
      ipc::RepoListResponse list;
      list.repositories.push_back(
          {"notes", "1", worktree, ipc::RepositoryState::watching, "/d", false});
      reply.finish(list);
    };
  }

  base::Result<ExitStatus> run(std::vector<std::string> words) {
    words.insert(words.end(), {"--home", folder.path()});
    return run_as_typed(words);
  }

  base::Result<ExitStatus> run_as_typed(const std::vector<std::string>& words) {
    Parsed parsed = parse_command_line(words);
    INFO(parsed.problem);
    REQUIRE(parsed.invocation);
    TextOutput output, errors;
    const auto handler = parsed.invocation->command().handler;
    const auto connect = [this](Start) {
      servers.push_back(std::make_unique<test::SocketServer>(service));
      return ipc::Client::adopt(clock, servers.back()->take_client(), {});
    };
    Context context({std::move(*parsed.invocation),
                     environment,
                     here,
                     clock,
                     *filesystem,
                     output,
                     errors,
                     {},
                     -1,
                     connect});
    auto ended = handler(context);
    out = output.text();
    err = errors.text();
    return ended;
  }
};

}  // namespace

TEST_CASE("commands: status says 3 when a repository is suspended") {
  Desk desk;
  auto state = ipc::RepositoryState::watching;
  desk.service.on<ipc::Status>() = [&](auto, auto reply) {
    ipc::StatusResponse status;
    status.repositories.emplace_back();
    status.repositories[0].state = state;
    status.repositories[0].head_time = base::unix_nanos(1);
    reply.finish(status);
  };
  CHECK(desk.run({"status"}) == ExitStatus::done);
  state = ipc::RepositoryState::suspended;
  CHECK(desk.run({"status", "--json"}) == ExitStatus::attention);
  CHECK(ipc::decode<ipc::StatusResponse>(desk.out)->repositories[0].state ==
        ipc::RepositoryState::suspended);
}

TEST_CASE("commands: status waits for repositories that are being opened") {
  Desk desk;
  int asked = 0;
  desk.service.on<ipc::Status>() = [&](auto, auto reply) {
    ipc::StatusResponse status;
    status.repositories.emplace_back();
    status.repositories[0].state =
        ++asked < 3 ? ipc::RepositoryState::opening : ipc::RepositoryState::suspended;
    reply.finish(status);
  };
  CHECK(desk.run({"status"}) == ExitStatus::attention);
  CHECK(asked == 3);
  CHECK(desk.out.find("suspended") != std::string::npos);
}

TEST_CASE("commands: an error of the agent is the command's") {
  Desk desk;
  desk.service.on<ipc::Commit>() = [](auto, auto reply) {
    reply.finish(base::fail(base::ErrorCode::no_space, "the disk is full"));
  };
  const auto ended = desk.run({"commit", "-m", "x"});
  REQUIRE_FALSE(ended);
  CHECK(ended.error().code == base::ErrorCode::no_space);
  CHECK(desk.out.empty());
}

TEST_CASE("commands: the alarm wants attention until it is acknowledged") {
  Desk desk;
  ipc::AlarmStatus alarm;
  bool acknowledged = false;
  desk.service.on<ipc::Alarm>() = [&](const ipc::AlarmRequest& request, auto reply) {
    CHECK(request.repository == "notes");
    acknowledged = request.acknowledge;
    reply.finish(ipc::AlarmResponse{"notes", alarm});
  };
  CHECK(desk.run({"alarm"}) == ExitStatus::done);
  alarm = {ipc::AlarmReason::deletion, base::unix_nanos(1'700'000'000'000'000'000),
           std::string(64, 'a'), 60, 0};
  CHECK(desk.run({"alarm"}) == ExitStatus::attention);
  CHECK(desk.out.find("60 files were deleted") != std::string::npos);
  CHECK(desk.out.find("vcsctl restore aaaaaaaaaaaa --overwrite -r notes") != std::string::npos);
  CHECK_FALSE(acknowledged);
  CHECK(desk.run({"alarm", "--acknowledge", "--json"}) == ExitStatus::done);
  CHECK(ipc::decode<ipc::AlarmResponse>(desk.out)->alarm.deleted == 60);
  CHECK(acknowledged);
}

TEST_CASE("commands: mounts are told, and one is forgotten by its path") {
  Desk desk;
  std::vector<std::string> forgotten;
  std::vector<ipc::MountInfo> mounts;
  desk.service.on<ipc::Mounts>() = [&](const ipc::MountsRequest& request, auto reply) {
    CHECK(request.repository == "notes");
    forgotten.push_back(request.forget);
    reply.finish(ipc::MountsResponse{"notes", mounts});
  };
  CHECK(desk.run({"mounts"}) == ExitStatus::done);
  CHECK(desk.out.find("none is expected back") != std::string::npos);
  mounts = {{"disk", ipc::MountState::away}, {"vault", ipc::MountState::covering}};
  CHECK(desk.run({"mounts"}) == ExitStatus::done);
  CHECK(desk.out.find("disk: not mounted any more") != std::string::npos);
  CHECK(desk.out.find("vcsctl mounts --forget PATH -r notes") != std::string::npos);
  CHECK(desk.run({"mounts", "--json"}) == ExitStatus::done);
  CHECK(ipc::decode<ipc::MountsResponse>(desk.out)->mounts.at(1).state ==
        ipc::MountState::covering);
  CHECK(forgotten == std::vector<std::string>{"", "", ""});
}

TEST_CASE("commands: commit is full only when asked to be") {
  Desk desk;
  std::vector<bool> full;
  desk.service.on<ipc::Commit>() = [&](const ipc::CommitRequest& request, auto reply) {
    full.push_back(request.full);
    reply.finish(ipc::CommitResponse{});
  };
  CHECK(desk.run({"commit"}) == ExitStatus::done);
  CHECK(desk.run({"commit", "--full", "-m", "x"}) == ExitStatus::done);
  CHECK(full == std::vector<bool>{false, true});
}

TEST_CASE("commands: what could not be saved is told and wants attention") {
  Desk desk;
  ipc::RepositoryStatus repository;
  repository.name = "notes", repository.state = ipc::RepositoryState::watching,
  repository.head = "1";
  repository.head_time = base::unix_nanos(1);
  const auto set_problems = [&](std::vector<ipc::ProblemPath> problems) {
    repository.problem_count = problems.size();
    repository.problems = std::move(problems);
  };
  desk.service.on<ipc::RepoInit>() = [](auto, auto reply) {
    reply.finish(ipc::RepositoryInfo{"notes", "1", "/w", {}, "/d", true});
  };
  desk.service.on<ipc::Status>() = [&](const ipc::StatusRequest&, auto reply) {
    ipc::StatusResponse status;
    status.repositories.push_back(repository);
    reply.finish(status);
  };
  desk.service.on<ipc::Commit>() = [&](auto, auto reply) {
    ipc::CommitResponse made;
    made.problems = repository.problems, made.problem_count = repository.problem_count;
    reply.finish(made);
  };
  desk.service.on<ipc::Sync>() = [&](auto, auto reply) {
    reply.finish(ipc::SyncResponse{{}, repository.problems, repository.problem_count});
  };
  const std::vector<std::vector<std::string>> commands{{"init", desk.folder.path(), "--wait"},
                                                       {"commit", "-m", "x"},
                                                       {"sync", "--wait"},
                                                       {"status", "--wait"}};
  for (const auto& words : commands) {
    INFO(words[0]);
    set_problems({});
    CHECK(desk.run(words) == ExitStatus::done);
    CHECK(desk.out.find("could not be saved") == std::string::npos);
    set_problems({{"film.mkv", "larger than 1 GiB", ipc::ProblemKind::too_large},
                  {"key", "Permission denied", ipc::ProblemKind::unreadable}});
    CHECK(desk.run(words) == ExitStatus::attention);
    CHECK(desk.out.find("2 files could not be saved") != std::string::npos);
    CHECK(desk.out.find("film.mkv: larger than 1 GiB") != std::string::npos);
    CHECK(desk.out.find("key: Permission denied") != std::string::npos);
    CHECK(desk.out.find("everything in it is saved") == std::string::npos);
    if (words[0] != "status")
      CHECK(desk.out.find("(1 too large, 1 unreadable)") != std::string::npos);
    std::vector<std::string> in_json = words;
    in_json.push_back("--json");
    CHECK(desk.run(in_json) == ExitStatus::attention);
    CHECK(desk.out.find("\"kind\":\"too_large\"") != std::string::npos);
  }
  repository.state = ipc::RepositoryState::suspended, repository.reason = "the folder is empty";
  CHECK(desk.run(commands[0]) == ExitStatus::attention);
  CHECK(desk.out.find("NOT saved: the folder is empty") != std::string::npos);
}

TEST_CASE("commands: of many files that could not be saved the first are named") {
  std::vector<ipc::ProblemPath> problems;
  for (int i = 0; i < 100; ++i)
    problems.push_back({"f" + std::to_string(i), "no", ipc::ProblemKind::unreadable});
  const std::string lines = unsaved_lines(problems, 1234, Style(false));
  CHECK(lines.find("f9: no\n  and 1,224 more") != std::string::npos);
  CHECK(lines.find("f10") == std::string::npos);
  // The kinds of the files that are not listed are unknown.
  CHECK(unsaved_summary(problems, 1234) == "1,234 files could not be saved");
  CHECK(unsaved_summary(problems, 100) == "100 files could not be saved (100 unreadable)");
  CHECK(unsaved_summary({}, 0).empty());
}

TEST_CASE("commands: who waits for copies hears which remote has not got everything") {
  Desk desk;
  std::vector<std::string> features{"synced"};
  desk.service.on<ipc::Hello>() = [&](auto, auto reply) {
    reply.finish(ipc::HelloResponse{"0.1.0", 1, 1, features, {}});
  };
  std::vector<ipc::StatusRequest> asked;
  std::vector<ipc::UnsyncedRemote> unsynced;
  desk.service.on<ipc::Status>() = [&](const ipc::StatusRequest& request, auto reply) {
    asked.push_back(request);
    ipc::StatusResponse status;
    status.repositories.emplace_back();
    status.repositories[0].name = "notes",
    status.repositories[0].state = ipc::RepositoryState::watching;
    status.repositories[0].head = "1", status.repositories[0].head_time = base::unix_nanos(1);
    if (request.synced) status.unsynced = unsynced;
    reply.finish(status);
  };
  CHECK(desk.run({"status", "--synced"}) == ExitStatus::done);
  CHECK(asked.back().synced);
  CHECK(asked.back().wait);
  CHECK(asked.back().patience_seconds == 0);
  unsynced = {{"notes", "disk", "not attached"}};
  CHECK(desk.run({"status", "--wait"}) == ExitStatus::done);
  CHECK(desk.run({"status", "--wait", "--synced", "--timeout", "90s"}) == ExitStatus::attention);
  CHECK(asked.back().patience_seconds == 90);
  CHECK(desk.out.find("notes/disk has not got everything: not attached") != std::string::npos);
  CHECK(desk.run({"status", "--synced", "--json"}) == ExitStatus::attention);
  CHECK(ipc::decode<ipc::StatusResponse>(desk.out)->unsynced.at(0).remote == "disk");
  // An older agent would ignore this request, so vcsctl does not send it.
  features.clear();
  unsynced.clear();
  CHECK(desk.run({"status", "--synced"}).error().code == base::ErrorCode::unsupported);
  CHECK(desk.run({"status", "--wait"}) == ExitStatus::done);
}

TEST_CASE("commands: stop --sync does not stop before all is copied, unless anyway") {
  Desk desk;
  std::vector<ipc::UnsyncedRemote> unsynced;
  auto state = ipc::RepositoryState::watching;
  double patience = 0;
  int stops = 0;
  desk.service.on<ipc::Hello>() = [](auto, auto reply) {
    reply.finish(ipc::HelloResponse{"0.1.0", 1, 1, {"synced"}, {}});
  };
  desk.service.on<ipc::Status>() = [&](const ipc::StatusRequest& request, auto reply) {
    CHECK(request.wait);
    patience = request.patience_seconds;
    ipc::StatusResponse status;
    status.repositories.emplace_back();
    status.repositories[0].name = "notes", status.repositories[0].state = state;
    status.unsynced = unsynced;
    reply.finish(status);
  };
  desk.service.on<ipc::Stop>() = [&](auto, auto reply) {
    ++stops;
    reply.finish(ipc::Empty{});
  };
  CHECK(desk.run({"stop", "--sync"}) == ExitStatus::done);
  CHECK(stops == 1);
  CHECK(patience == 600);
  CHECK(desk.out.find("notes is on this machine only") != std::string::npos);
  unsynced = {{"notes", "disk", "not attached"}};
  CHECK(desk.run({"stop", "--sync", "--timeout", "5s"}) == ExitStatus::attention);
  CHECK(stops == 1);
  CHECK(patience == 5);
  CHECK(desk.out.find("notes/disk has not got everything: not attached") != std::string::npos);
  CHECK(desk.out.find("the agent goes on") != std::string::npos);
  CHECK(desk.run({"stop", "--sync", "--json"}) == ExitStatus::attention);
  CHECK(desk.out.starts_with("{\"stopped\":false,\"status\":{"));
  CHECK(desk.run({"stop", "--sync", "--anyway"}) == ExitStatus::attention);
  CHECK(stops == 2);
  unsynced.clear();
  state = ipc::RepositoryState::suspended;
  CHECK(desk.run({"stop", "--sync"}) == ExitStatus::attention);
  CHECK(stops == 2);
  CHECK(desk.run({"stop"}) == ExitStatus::done);
  CHECK(stops == 3);
}

TEST_CASE("commands: doctor says what may go wrong tomorrow") {
  Desk desk;
  CHECK(desk.run({"doctor"}) == ExitStatus::done);
  CHECK(desk.out.find("warning  starts with your session") != std::string::npos);
  CHECK(desk.out.find("vcsctl service install") != std::string::npos);
  desk.environment["HOME"] = desk.folder.path();
  const std::string units = desk.folder.path() + "/.config/systemd/user";
  std::filesystem::create_directories(units);
  test::write_file(units + "/vcsd.service", systemd_unit("/usr/bin", desk.folder.path()));
  CHECK(desk.run({"doctor"}) == ExitStatus::done);
  CHECK(desk.out.find("ok       starts with your session\n") != std::string::npos);
  // A unit with another home starts another agent.
  test::write_file(units + "/vcsd.service", systemd_unit("/usr/bin", "/elsewhere"));
  CHECK(desk.run({"doctor", "--json"}) == ExitStatus::done);
  CHECK(ipc::decode<ipc::DoctorResponse>(desk.out)->checks.back().result ==
        ipc::CheckResult::warning);
}

TEST_CASE("commands: init says what is still missing, while it is") {
  Desk desk;
  ipc::RepositoryStatus repository;
  repository.name = "notes", repository.state = ipc::RepositoryState::watching;
  desk.service.on<ipc::RepoInit>() = [](auto, auto reply) {
    reply.finish(ipc::RepositoryInfo{"notes", "1", "/w", {}, "/d", true});
  };
  desk.service.on<ipc::Status>() = [&](const ipc::StatusRequest&, auto reply) {
    ipc::StatusResponse status;
    status.repositories.push_back(repository);
    reply.finish(status);
  };
  const std::vector<std::string> words{"init", desk.folder.path()};
  CHECK(desk.run(words) == ExitStatus::done);
  CHECK(desk.out ==
        "watching /w as notes; the first snapshot runs\n"
        "vcsd does not start with your session yet: vcsctl service install\n"
        "no copy elsewhere yet: vcsctl remote add NAME FOLDER\n");
  CHECK(desk.run({"init", desk.folder.path(), "--json"}) == ExitStatus::done);
  CHECK(desk.out.find("\"starts_with_session\":false,\"copied\":false}") != std::string::npos);
  CHECK(desk.out.find("yet") == std::string::npos);

  repository.remotes.emplace_back().name = "disk";
  desk.environment["HOME"] = desk.folder.path();
  const std::string units = desk.folder.path() + "/.config/systemd/user";
  std::filesystem::create_directories(units);
  test::write_file(units + "/vcsd.service", systemd_unit("/usr/bin", desk.folder.path()));
  CHECK(desk.run(words) == ExitStatus::done);
  CHECK(desk.out == "watching /w as notes; the first snapshot runs\n");
}

TEST_CASE("commands: cat asks for the later pieces at the commit of the first") {
  Desk desk;
  std::vector<ipc::ContentRequest> asked;
  const std::string content("one\0two\xff", 8);
  desk.service.on<ipc::Content>() = [&](ipc::ContentRequest request, auto reply) {
    asked.push_back(request);
    ipc::ContentResponse piece;
    piece.data_b64 = ipc::to_base64(content.substr(request.offset, 5));
    piece.size = content.size();
    piece.commit = "c1";
    reply.finish(piece);
  };
  CHECK(desk.run({"cat", "HEAD:./a.bin"}) == ExitStatus::done);
  CHECK(desk.out == content);
  REQUIRE(asked.size() == 2);
  CHECK(asked[0].commit == "HEAD");
  CHECK(asked[0].path == "sub/a.bin");
  CHECK(asked[1].commit == "c1");
  CHECK(asked[1].offset == 5);
}

TEST_CASE("commands: cat takes raw bytes from an agent that has them") {
  Desk desk;
  desk.service.on<ipc::Hello>() = [](auto, auto reply) {
    reply.finish(ipc::HelloResponse{"1", 1, 1, {ipc::kRawFeature}});
  };
  const std::string content("one\0two\xff and the rest", 21);
  std::vector<std::size_t> cuts{5, 6, 21};
  std::string error;
  ipc::ContentsRequest rest;
  desk.service.on<ipc::Content>() = [&](const ipc::ContentRequest& request, auto reply) {
    CHECK(request.raw);
    ipc::ContentResponse piece;
    piece.raw = content.substr(0, cuts[0]);
    piece.size = content.size();
    piece.id = "i1";
    reply.finish(piece);
  };
  desk.service.on<ipc::Contents>() = [&](const ipc::ContentsRequest& request, auto reply) {
    rest = request;
    for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
      ipc::ContentPiece piece;
      piece.id = "i1";
      piece.offset = cuts[i];
      piece.raw = content.substr(cuts[i], cuts[i + 1] - cuts[i]);
      piece.length = piece.raw.size();
      if (i == 1) piece.error = error;
      reply.item(piece);
    }
    reply.finish(ipc::StreamEnd{1});
  };
  CHECK(desk.run({"cat", "HEAD:a.bin"}) == ExitStatus::done);
  CHECK(desk.out == content);
  CHECK(rest.ids == std::vector<std::string>{"i1"});
  CHECK(rest.offset == 5);

  SECTION("an error in the midst") {
    error = "a bad disk";
  }
  SECTION("a piece is missing") {
    cuts = {5, 7, 6, 21};
  }
  SECTION("the end is missing") {
    cuts = {5, 6, 20};
  }
  CHECK(desk.run({"cat", "HEAD:a.bin"}).error().code == base::ErrorCode::corrupt);
}

TEST_CASE("commands: an agent that sends too little ends cat with an error") {
  Desk desk;
  desk.service.on<ipc::Content>() = [](auto, auto reply) {
    ipc::ContentResponse piece;
    piece.size = 10;
    reply.finish(piece);
  };
  CHECK(desk.run({"cat", "HEAD:a"}).error().code == base::ErrorCode::corrupt);
  CHECK(desk.run({"cat", "HEAD"}).error().code == base::ErrorCode::invalid);
}

TEST_CASE("commands: restore maps its paths, and what was refused is a failure") {
  Desk desk;
  ipc::RestoreRequest asked;
  desk.service.on<ipc::Restore>() = [&](ipc::RestoreRequest request, auto reply) {
    asked = request;
    ipc::RestoreResponse done;
    done.refused = 1;
    reply.finish(done);
  };
  CHECK(desk.run({"restore", "HEAD", "a", "/w/\xff", "--dry-run"}) == ExitStatus::failed);
  CHECK(asked.paths == std::vector<std::string>{"sub/a", "b64:/w=="});
  CHECK(asked.dry_run);
  CHECK_FALSE(desk.run({"restore", "HEAD", "/elsewhere"}));
}

TEST_CASE("commands: verify with errors fails, doctor with errors wants attention") {
  Desk desk;
  desk.service.on<ipc::Verify>() = [](auto, auto reply) {
    ipc::VerifyResponse found;
    found.error_count = 1;
    reply.finish(found);
  };
  desk.service.on<ipc::Doctor>() = [](auto, auto reply) {
    ipc::DoctorResponse found;
    found.checks.push_back({"disk", ipc::CheckResult::error, "full", ""});
    reply.finish(found);
  };
  CHECK(desk.run({"verify"}) == ExitStatus::failed);
  CHECK(desk.run({"doctor"}) == ExitStatus::attention);
  CHECK(desk.out.find("disk: full") != std::string::npos);
}

TEST_CASE("commands: which repository") {
  Desk desk;
  std::string asked;
  desk.service.on<ipc::RemoteList>() = [&](ipc::RemoteListRequest request, auto reply) {
    asked = request.repository;
    reply.finish(ipc::RemoteListResponse{});
  };
  CHECK(desk.run({"remote", "list"}) == ExitStatus::done);
  CHECK(asked == "notes");
  CHECK(desk.run({"remote", "list", "-r", "other"}).error().code == base::ErrorCode::not_found);
  desk.service.on<ipc::RepoList>() = [](auto, auto reply) {
    ipc::RepoListResponse list;
    list.repositories.push_back({"a", "1", "/x", ipc::RepositoryState::watching, "/d", false});
    list.repositories.push_back({"b", "2", "/w", ipc::RepositoryState::watching, "/d", false});
    list.repositories.push_back({"c", "3", "/w/sub", ipc::RepositoryState::watching, "/d", false});
    reply.finish(list);
  };
  CHECK(desk.run({"remote", "list"}) == ExitStatus::done);
  CHECK(asked == "c");
  // Outside of all repositories the path of the argument names the repository.
  desk.here = "/elsewhere";
  desk.service.on<ipc::Log>() = [&](const ipc::LogRequest& request, auto reply) {
    asked = request.repository + ":" + request.path;
    reply.item(ipc::CommitInfo{});
    reply.finish(ipc::StreamEnd{});
  };
  CHECK(desk.run({"log", "/w/sub/gone/draft"}) == ExitStatus::done);
  CHECK(asked == "c:gone/draft");
  CHECK(desk.run({"log", "/x/draft"}) == ExitStatus::done);
  CHECK(asked == "a:draft");
  desk.service.on<ipc::Content>() = [&](const ipc::ContentRequest& request, auto reply) {
    asked = request.repository + ":" + request.path;
    reply.finish(base::fail(base::ErrorCode::not_found, "x"));
  };
  CHECK_FALSE(desk.run({"cat", "HEAD:/x/draft"}));
  CHECK(asked == "a:draft");
  CHECK(desk.run({"log", "draft"}).error().message.find("say which repository") !=
        std::string::npos);
}

TEST_CASE("commands: the sums and the lines of a change are made of one reading") {
  Desk desk;
  ipc::ChangeInfo change;
  change.change = ipc::Change::modified;
  change.type_before = change.type_after = ipc::FileType::file;
  change.id_before = "b";
  change.id_after = "a";
  const auto two = [&](const auto& reply) {
    for (const char* path : {"one", "two"}) {
      change.path = path;
      reply.item(change);
    }
  };
  desk.service.on<ipc::Show>() = [&](auto, auto reply) {
    two(reply);
    ipc::CommitInfo commit;
    commit.id = "after", commit.parent = "before";
    reply.finish(commit);
  };
  desk.service.on<ipc::Diff>() = [&](auto, auto reply) {
    two(reply);
    reply.finish(ipc::DiffResponse{"before", "after", 2});
  };
  std::vector<std::string> read;
  desk.service.on<ipc::Content>() = [&](const ipc::ContentRequest& request, auto reply) {
    read.push_back(request.commit + ":" + request.path);
    ipc::ContentResponse piece;
    piece.data_b64 = ipc::to_base64(request.commit + "\n");
    piece.size = request.commit.size() + 1;
    reply.finish(piece);
  };
  const auto words = GENERATE(std::vector<std::string>{"show", "--stat", "-p"},
                              std::vector<std::string>{"diff", "HEAD~1", "HEAD", "--stat", "-p"});
  CHECK(desk.run(words) == ExitStatus::done);
  INFO(desk.out);
  CHECK(desk.out.find(" one | 2 +-") != std::string::npos);
  CHECK(desk.out.find("--- a/two\n+++ b/two\n@@ -1 +1 @@\n-before\n+after\n") != std::string::npos);
  CHECK(read == std::vector<std::string>{"before:one", "after:one", "before:two", "after:two"});
}

TEST_CASE("commands: a folder that is not there is told in words") {
  Desk desk;
  for (const std::vector<std::string>& words : {std::vector<std::string>{"init", "/nowhere/x"},
                                                {"status", "/nowhere/x"},
                                                {"commit", "/nowhere/x"}})
    CHECK(desk.run(words).error().message == "there is no folder '/nowhere/x'");
  CHECK(desk.run({"clone", "/remote", "/nowhere/x"}).error().message ==
        "there is no folder '/nowhere'");
}

TEST_CASE("commands: the heads of a remote are listed, and one is removed only when it is meant") {
  Desk desk;
  ipc::HeadInfo head;
  head.id = head.device = "0123456789abcdef";
  head.machine = "lap\x1btop";
  head.folder = "/home/ada/notes";
  head.commits = 1204;
  head.time = desk.clock.now();
  ipc::RemoteHeadsRequest asked;
  desk.service.on<ipc::RemoteHeads>() = [&](ipc::RemoteHeadsRequest request, auto reply) {
    asked = request;
    reply.finish(ipc::RemoteHeadsResponse{"file:///r", {head}, {"refs/x is damaged"}});
  };
  CHECK(desk.run({"remote", "heads", "disk"}) == ExitStatus::done);
  CHECK(asked.repository == "notes");
  CHECK(asked.remote == "disk");
  CHECK(desk.out.find("0123456789abcdef  lap\\x1btop  /home/ada/notes  1,204 commits") == 0);
  CHECK(desk.out.find("refs/x is damaged") != std::string::npos);
  CHECK(desk.run({"remote", "heads", "./disk"}) == ExitStatus::done);
  CHECK(asked.remote.empty());
  CHECK(asked.url == "/w/sub/disk");

  ipc::RemoveHeadRequest remove;
  desk.service.on<ipc::RemoveHead>() = [&](ipc::RemoveHeadRequest request, auto reply) {
    remove = request;
    reply.finish(ipc::RemoveHeadResponse{head, request.confirmed});
  };
  CHECK(desk.run({"remote", "heads", "disk", "--remove", "0123"}) == ExitStatus::failed);
  CHECK_FALSE(remove.confirmed);
  CHECK(desk.out.find("--yes") != std::string::npos);
  CHECK(desk.run({"remote", "heads", "disk", "--remove", "0123", "--yes"}) == ExitStatus::done);
  CHECK(remove.confirmed);
  CHECK(remove.head == "0123");
  CHECK(remove.remote == "disk");
}

TEST_CASE("commands: a clone says which head it took and what else is there") {
  Desk desk;
  ipc::CloneRequest asked;
  ipc::HeadInfo laptop, desktop;
  laptop.id = "aaaaaaaaaaaaaaaa", laptop.machine = "laptop", laptop.commits = 1;
  desktop.id = "bbbbbbbbbbbbbbbb", desktop.machine = "desktop", desktop.commits = 7;
  desk.service.on<ipc::Clone>() = [&](ipc::CloneRequest request, auto reply) {
    asked = request;
    ipc::CloneResponse response;
    response.taken = laptop;
    response.heads = {desktop, laptop};
    reply.finish(response);
  };
  CHECK(desk.run({"clone", "/r", desk.folder / "c", "--head", "LAPTOP"}) == ExitStatus::done);
  CHECK(asked.head == "LAPTOP");
  CHECK(desk.out.find("cloned the head of laptop: 1 commit") != std::string::npos);
  CHECK(desk.out.find("bbbbbbbbbbbbbbbb  desktop") != std::string::npos);
  CHECK(desk.out.find("aaaaaaaaaaaaaaaa") == std::string::npos);
}

TEST_CASE("commands: times are read in the zone of who asks") {
  Desk desk;
  desk.clock.set_now(base::unix_nanos(1'700'000'000'000'000'000));  // 2023-11-14 22:13:20 UTC
  std::vector<ipc::ResolveRequest> asked;
  desk.service.on<ipc::Resolve>() = [&](const ipc::ResolveRequest& request, auto reply) {
    asked.push_back(request);
    ipc::ResolveResponse found;
    found.commit.id = "abcdef";
    reply.finish(found);
  };
  std::vector<std::string> commits;
  desk.service.on<ipc::Show>() = [&](const ipc::ShowRequest& request, auto reply) {
    commits.push_back(request.commit);
    reply.finish(ipc::CommitInfo{});
  };
  desk.service.on<ipc::Ls>() = [&](const ipc::LsRequest& request, auto reply) {
    commits.push_back(request.commit + ":" + request.path);
    reply.finish(ipc::StreamEnd{});
  };
  desk.service.on<ipc::Restore>() = [&](const ipc::RestoreRequest& request, auto reply) {
    commits.push_back(request.commit + ":" + request.paths.at(0));
    reply.finish(ipc::RestoreResponse{});
  };
  desk.service.on<ipc::Diff>() = [&](const ipc::DiffRequest& request, auto reply) {
    commits.push_back(request.a + ".." + request.b + ":" + request.path);
    reply.finish(ipc::DiffResponse{});
  };
  desk.service.on<ipc::Content>() = [&](const ipc::ContentRequest& request, auto reply) {
    commits.push_back(request.commit + ":" + request.path);
    reply.finish(ipc::ContentResponse{});
  };
  const test::TimeZone tokyo("JST-9");
  CHECK(desk.run({"show", "@{2023-11-14 19:30:00}~2"}) == ExitStatus::done);
  CHECK(desk.run({"show", "--at", "19:30"}) == ExitStatus::done);
  CHECK(desk.run({"show"}) == ExitStatus::done);
  CHECK(desk.run({"ls", "@{19:30}:a"}) == ExitStatus::done);
  CHECK(desk.run({"ls", "--at", "19:30", "a"}) == ExitStatus::done);
  CHECK(desk.run({"ls"}) == ExitStatus::done);
  CHECK(desk.run({"restore", "--at", "19:30", "beef"}) == ExitStatus::done);
  CHECK(desk.run({"diff", "--at", "19:30", "beef"}) == ExitStatus::done);
  CHECK(desk.run({"diff", "@{19:30}..HEAD", "a"}) == ExitStatus::done);
  CHECK(desk.run({"cat", "--at", "19:30", "a"}) == ExitStatus::done);
  CHECK(commits == std::vector<std::string>{"abcdef~2", "abcdef", "HEAD", "abcdef:a",
                                            "abcdef:sub/a", "HEAD:sub", "abcdef:sub/beef",
                                            "abcdef..:sub/beef", "abcdef..HEAD:sub/a",
                                            "abcdef:sub/a"});
  for (const auto& request : asked) {
    CHECK(request.time == base::unix_nanos(1'699'957'800'999'999'999));
    CHECK(request.repository == "notes");
  }
  CHECK(asked.size() == 8);
  CHECK(desk.run({"show", "HEAD", "--at", "19:30"}).error().code == base::ErrorCode::invalid);
  CHECK(desk.run({"show", "@{whenever}"}).error().message.find("I cannot read 'whenever'") == 0);
}

TEST_CASE("commands: a time before the first save is refused, and the first save is named") {
  Desk desk;
  desk.service.on<ipc::Resolve>() = [&](auto, auto reply) {
    ipc::ResolveResponse found;
    found.commit.id = "f1f1f1f1f1f1f1f1";
    found.commit.time = desk.clock.now() - std::chrono::minutes(1);
    found.before_history = true;
    reply.finish(found);
  };
  const auto words = GENERATE(std::vector<std::string>{"show", "--at", "2 hours ago"},
                              std::vector<std::string>{"show", "@{2 hours ago}"},
                              std::vector<std::string>{"show", "@{2 hours ago}~1"},
                              std::vector<std::string>{"ls", "--at", "2 hours ago"},
                              std::vector<std::string>{"cat", "--at", "2 hours ago", "a"},
                              std::vector<std::string>{"cat", "@{2 hours ago}:a"},
                              std::vector<std::string>{"diff", "--at", "2 hours ago"},
                              std::vector<std::string>{"diff", "@{2 hours ago}..HEAD", "a"},
                              std::vector<std::string>{"diff", "HEAD", "@{2 hours ago}"},
                              std::vector<std::string>{"restore", "--at", "2 hours ago", "a"},
                              std::vector<std::string>{"restore", "@{2 hours ago}", "a"},
                              std::vector<std::string>{"show", "--at", "2 hours ago", "--json"});
  CAPTURE(words);
  const auto refused = desk.run(words);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == base::ErrorCode::not_found);
  CHECK(refused.error().message.find(
            "there is no save at or before '2 hours ago'; the first one is f1f1f1f1f1f1 of ") == 0);
  CHECK(
      refused.error().message.ends_with("; to take that one, name f1f1f1f1f1f1 instead of a time"));
  CHECK(desk.out.empty());
}

TEST_CASE("commands: a time in the future is refused, if nothing was saved then") {
  Desk desk;
  ipc::ResolveResponse found;
  found.commit.id = "f1";
  found.commit.time = desk.clock.now();
  desk.service.on<ipc::Resolve>() = [&](auto, auto reply) { reply.finish(found); };
  CHECK(desk.run({"show", "--at", "today"}) == ExitStatus::done);
  const auto refused = desk.run({"show", "--at", "2200-01-01"});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("'2200-01-01' is in the future") == 0);
  // A wrong clock gave the save this time.
  found.commit.time = desk.clock.now() + std::chrono::seconds(1'000'000'000);
  CHECK(desk.run({"show", "--at", "2200-01-01"}) == ExitStatus::done);
}

TEST_CASE("commands: an agent that resolves no times gets the text") {
  Desk desk;
  desk.service.on<ipc::Resolve>() = [&](auto, auto reply) {
    reply.finish(base::fail(base::ErrorCode::unsupported, "this agent has no such method"));
  };
  std::string commit;
  desk.service.on<ipc::Show>() = [&](const ipc::ShowRequest& request, auto reply) {
    commit = request.commit;
    reply.finish(ipc::CommitInfo{});
  };
  CHECK(desk.run({"show", "@{15:40}~1"}) == ExitStatus::done);
  CHECK(commit == "@{15:40}~1");
}

TEST_CASE("commands: restore of a file without a commit lists its versions") {
  Desk desk;
  desk.service.on<ipc::Restore>() = [&](auto, auto reply) {
    FAIL("nothing shall be restored");
    reply.finish(ipc::RestoreResponse{});
  };
  desk.service.on<ipc::Log>() = [&](const ipc::LogRequest& request, auto reply) {
    CHECK(request.with_paths);
    CHECK(request.path == "sub/my draft");
    ipc::CommitInfo commit;
    commit.id = std::string(64, 'c');
    commit.paths.push_back({request.path, ipc::Change::deleted, ipc::FileType::file, 0});
    reply.item(commit);
    commit.id = std::string(64, 'b');
    commit.paths[0] = {request.path, ipc::Change::added, ipc::FileType::file, 1200};
    reply.item(commit);
    reply.finish(ipc::StreamEnd{});
  };
  CHECK(desk.run_as_typed({"restore", "my draft"}) == ExitStatus::done);
  CHECK(desk.out.find("vcsctl restore bbbbbbbbbbbb 'my draft'\n") != std::string::npos);
  CHECK(desk.out.find("deleted") != std::string::npos);
  CHECK(desk.out.find("cccc") == std::string::npos);
  CHECK(desk.run_as_typed({"restore", "my draft", "--home", "/my home", "-r", "notes"}) ==
        ExitStatus::done);
  CHECK(desk.out.find(" 'my draft' -r notes --home '/my home'\n") != std::string::npos);
  CHECK(desk.run({"restore"}).error().code == base::ErrorCode::invalid);
}

TEST_CASE("commands: the commands of a list of versions can be typed, whatever the name is") {
  Desk desk;
  desk.service.on<ipc::Log>() = [&](const ipc::LogRequest& request, auto reply) {
    ipc::CommitInfo commit;
    commit.id = std::string(64, 'b');
    commit.paths.push_back({request.path, ipc::Change::type, ipc::FileType::directory, 0});
    reply.item(commit);
    reply.finish(ipc::StreamEnd{});
  };
  CHECK(desk.run_as_typed({"restore", "--", "-draft"}) == ExitStatus::done);
  CHECK(desk.out.find("  folder  vcsctl restore bbbbbbbbbbbb ./-draft\n") != std::string::npos);
  CHECK(desk.run_as_typed({"restore", "a\nb%'"}) == ExitStatus::done);
  CHECK(desk.out.find(R"x( "$(printf 'a\012b\045\047')")x") != std::string::npos);
}

TEST_CASE("commands: diff without commits is the last change") {
  Desk desk;
  ipc::CommitInfo last;
  last.id = "b2", last.parent = "a1";
  desk.service.on<ipc::Log>() = [&](const ipc::LogRequest& request, auto reply) {
    CHECK(request.limit == 1);
    reply.item(last);
    reply.finish(ipc::StreamEnd{});
  };
  std::string compared;
  desk.service.on<ipc::Diff>() = [&](const ipc::DiffRequest& request, auto reply) {
    compared = request.a + ".." + request.b + ":" + request.path;
    reply.finish(ipc::DiffResponse{});
  };
  desk.service.on<ipc::Show>() = [&](const ipc::ShowRequest&, auto reply) {
    ipc::ChangeInfo change;
    change.change = ipc::Change::added;
    for (const char* path : {"a", "sub/a"}) change.path = path, reply.item(change);
    reply.finish(last);
  };
  CHECK(desk.run({"diff"}) == ExitStatus::done);
  CHECK(compared == "a1..b2:");
  CHECK(desk.run({"diff", "draft.txt"}) == ExitStatus::done);
  CHECK(compared == "a1..b2:sub/draft.txt");
  last.parent.clear();  // the first commit
  CHECK(desk.run({"diff"}) == ExitStatus::done);
  CHECK(desk.out == "A  a\nA  sub/a\n");
  CHECK(desk.run({"diff", "x", "y"}).error().code == base::ErrorCode::invalid);
}

TEST_CASE("commands: paths mean what the system means by them") {
  Desk desk;
  const std::string top = test::must(desk.filesystem->canonical(desk.folder.path()));
  const auto make = [&](const std::string& name) {
    REQUIRE(desk.filesystem->make_directories(top + "/" + name, 0755));
  };
  make("w/sub/deep");
  make("x");
  REQUIRE(symlink((top + "/w/sub/deep").c_str(), (top + "/x/link").c_str()) == 0);
  desk.worktree = top + "/w";
  std::vector<std::string> asked;
  desk.service.on<ipc::Restore>() = [&](const ipc::RestoreRequest& request, auto reply) {
    asked.push_back(request.paths.empty() ? "everything" : request.paths.front());
    asked.push_back(request.target);
    reply.finish(ipc::RestoreResponse{});
  };
  const auto restored = [&](const std::string& path) {
    asked.clear();
    INFO(path);
    REQUIRE(desk.run({"restore", "HEAD", path, "-r", "notes"}) == ExitStatus::done);
    return asked.at(0);
  };
  desk.here = top + "/w/sub";
  CHECK(restored("a") == "sub/a");
  CHECK(restored("../a") == "a");
  CHECK(restored("gone/../a") == "sub/a");
  CHECK(restored("..") == "everything");
  CHECK(restored(top + "/x/link/../a") == "sub/a");
  CHECK(restored(top + "/x/link/a") == "sub/deep/a");
  desk.here = top + "/x";
  CHECK(restored("a") == "a");
  REQUIRE(desk.run({"restore", "HEAD", "--to", "link/../out", "-r", "notes"}) == ExitStatus::done);
  CHECK(asked.back() == top + "/w/sub/out");
  CHECK_FALSE(desk.run({"restore", "HEAD", "../a", "-r", "notes"}));
  desk.here = "";  // the folder is gone, and its name is unknown
  CHECK(restored(top + "/w/sub/a") == "sub/a");
  CHECK(restored("sub/a") == "sub/a");
  CHECK(desk.run({"restore", "HEAD", "--to", "out"}).error().message.find("current folder") !=
        std::string::npos);
}

TEST_CASE("commands: a remote's folder keeps its bytes and leads where the system says") {
  Desk desk;
  std::string url;
  desk.service.on<ipc::RemoteAdd>() = [&](const ipc::RemoteAddRequest& request, auto reply) {
    url = request.url;
    reply.finish(ipc::RemoteStatus{});
  };
  const auto added = [&](const std::string& place) {
    REQUIRE(desk.run({"remote", "add", "r", place}) == ExitStatus::done);
    return url;
  };
  CHECK(added("/x/copy\xff") == "file:///x/copy%FF");
  CHECK(added("../copy/") == "/w/copy");
  CHECK(added("file:///a/../b") == "file:///a/../b");
}

TEST_CASE("commands: complete offers commits with their age, and paths that were deleted") {
  Desk desk;
  desk.service.on<ipc::Log>() = [&](const ipc::LogRequest& request, auto reply) {
    CHECK(request.with_paths);
    ipc::CommitInfo commit;
    commit.id = std::string(64, 'c'), commit.time = desk.clock.now() - std::chrono::minutes(2);
    commit.changed = {0, 0, 1};
    commit.paths = {{"sub/gone.txt", ipc::Change::deleted, ipc::FileType::file, 0}};
    reply.item(commit);
    commit.id = std::string(64, 'd'), commit.changed = {0, 1, 0};
    commit.paths = {{"sub/draft.txt", ipc::Change::modified, ipc::FileType::file, 7}};
    reply.item(commit);
    reply.finish(ipc::StreamEnd{});
  };
  desk.service.on<ipc::Ls>() = [&](const ipc::LsRequest& request, auto reply) {
    ipc::EntryInfo entry;
    entry.path = request.path.empty() ? "a" : request.path + "/draft.txt";
    entry.type = ipc::FileType::file;
    reply.item(entry);
    entry.path = request.path.empty() ? "sub" : request.path + "/deep";
    entry.type = ipc::FileType::directory;
    reply.item(entry);
    reply.finish(ipc::StreamEnd{});
  };
  desk.service.on<ipc::RemoteList>() = [&](auto, auto reply) {
    ipc::RemoteListResponse list;
    list.remotes.emplace_back().name = "disk";
    reply.finish(list);
  };
  const auto complete = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "complete");
    words.insert(words.begin() + 1, "--");
    // Options behind "--" belong to the line to be completed; options of `complete` come before it.
    REQUIRE(desk.run_as_typed(words) == ExitStatus::done);
    return desk.out;
  };
  CHECK(complete({"show", ""}) ==
        "words\nHEAD\t2 minutes ago  sub/gone.txt  deleted\nHEAD~1\t2 minutes ago  "
        "sub/draft.txt\n");
  CHECK(complete({"show", "dddd"}) == "words\ndddddddddddd\t2 minutes ago  sub/draft.txt\n");
  CHECK(complete({"restore", "HEAD~1", ""}) == "paths\ndraft.txt\t\ndeep/\t\n");
  CHECK(complete({"log", ""}) == "paths\ndraft.txt\t\ndeep/\t\ngone.txt\tdeleted 2 minutes ago\n");
  CHECK(complete({"cat", "HEAD:"}) == "paths\nHEAD:a\t\nHEAD:sub/\t\n");
  CHECK(complete({"cat", "HEAD:sub/d"}) == "paths\nHEAD:sub/draft.txt\t\nHEAD:sub/deep/\t\n");
  CHECK(complete({"remote", "remove", ""}) == "words\ndisk\t\n");
  CHECK(complete({"log", "-r", ""}) == "words\nnotes\t/w\n");
  CHECK(complete({"init", ""}) == "folders\n");
  CHECK(complete({"rest"}).starts_with("words\nrestore\t"));
  CHECK(complete({"nothing", ""}) == "words\n");
}

TEST_CASE("output: all bytes arrive through a slow pipe that does not block") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  REQUIRE(fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0);
  const std::string sent(1'000'000, 'x');
  std::string got;
  std::thread reader([&] {
    char piece[4096];
    for (ssize_t length = 0; (length = read(ends[0], piece, sizeof piece)) > 0;)
      got.append(piece, static_cast<std::size_t>(length));
  });
  FileOutput output(ends[1], "the pipe");
  output.write(sent);
  const auto flushed = output.flush();
  close(ends[1]);
  reader.join();
  close(ends[0]);
  CHECK(flushed);
  CHECK(got == sent);
}
