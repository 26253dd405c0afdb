// SPDX-License-Identifier: Apache-2.0
// Whole commands against an agent that answers as the test says.

#include <catch2/catch.hpp>

#include "cli/context.hpp"
#include "cli/parser.hpp"
#include "ipc/base64.hpp"
#include "tests/support/fake_service.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/must.hpp"
#include "tests/support/socket_server.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace vcs;
using namespace vcs::cli;

namespace {

struct Desk {
  test::TemporaryFolder folder;
  test::FakeService service;
  test::ManualClock clock;
  std::unique_ptr<base::FileSystem> filesystem = base::make_posix_filesystem();
  std::vector<std::unique_ptr<test::SocketServer>> servers;
  std::string out;

  Desk() {
    service.on_repo_list = [](auto, auto reply) {
      ipc::RepoListResponse list;
      list.repositories.push_back({"notes", "1", "/w", "watching", "/d", false});
      reply.finish(list);
    };
  }

  base::Result<ExitStatus> run(std::vector<std::string> words) {
    words.insert(words.end(), {"--home", folder.path()});
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
                     {},
                     "/w/sub",
                     clock,
                     *filesystem,
                     output,
                     errors,
                     {},
                     -1,
                     connect});
    auto ended = handler(context);
    out = output.text();
    return ended;
  }
};

}  // namespace

TEST_CASE("commands: status says 3 when a repository is suspended") {
  Desk desk;
  std::string state = "watching";
  desk.service.on_status = [&](auto, auto reply) {
    ipc::StatusResponse status;
    status.repositories.emplace_back();
    status.repositories[0].state = state;
    status.repositories[0].head_time = 1;
    reply.finish(status);
  };
  CHECK(desk.run({"status"}) == ExitStatus::done);
  state = "suspended";
  CHECK(desk.run({"status", "--json"}) == ExitStatus::attention);
  CHECK(ipc::decode<ipc::StatusResponse>(desk.out)->repositories[0].state == "suspended");
}

TEST_CASE("commands: an error of the agent is the command's") {
  Desk desk;
  desk.service.on_commit = [](auto, auto reply) {
    reply.finish(base::fail(base::ErrorCode::no_space, "the disk is full"));
  };
  const auto ended = desk.run({"commit", "-m", "x"});
  REQUIRE_FALSE(ended);
  CHECK(ended.error().code == base::ErrorCode::no_space);
  CHECK(desk.out.empty());
}

TEST_CASE("commands: the brake wants attention until it is acknowledged") {
  Desk desk;
  ipc::BrakeStatus brake;
  bool acknowledged = false;
  desk.service.on_brake = [&](const ipc::BrakeRequest& request, auto reply) {
    CHECK(request.repository == "notes");
    acknowledged = request.acknowledge;
    reply.finish(ipc::BrakeResponse{"notes", brake});
  };
  CHECK(desk.run({"brake"}) == ExitStatus::done);
  brake = {"deletion", 1'700'000'000'000'000'000, std::string(64, 'a'), 60, 0};
  CHECK(desk.run({"brake"}) == ExitStatus::attention);
  CHECK(desk.out.find("60 files were deleted") != std::string::npos);
  CHECK(desk.out.find("vcsctl restore aaaaaaaaaaaa --overwrite -r notes") != std::string::npos);
  CHECK_FALSE(acknowledged);
  CHECK(desk.run({"brake", "--acknowledge", "--json"}) == ExitStatus::done);
  CHECK(ipc::decode<ipc::BrakeResponse>(desk.out)->brake.deleted == 60);
  CHECK(acknowledged);
}

TEST_CASE("commands: mounts are told, and one is forgotten by its path") {
  Desk desk;
  std::vector<std::string> forgotten;
  std::vector<ipc::MountInfo> mounts;
  desk.service.on_mounts = [&](const ipc::MountsRequest& request, auto reply) {
    CHECK(request.repository == "notes");
    forgotten.push_back(request.forget);
    reply.finish(ipc::MountsResponse{"notes", mounts});
  };
  CHECK(desk.run({"mounts"}) == ExitStatus::done);
  CHECK(desk.out.find("none is awaited") != std::string::npos);
  mounts = {{"disk", "away"}, {"vault", "covering"}};
  CHECK(desk.run({"mounts"}) == ExitStatus::done);
  CHECK(desk.out.find("disk: not mounted any more") != std::string::npos);
  CHECK(desk.out.find("vcsctl mounts --forget PATH -r notes") != std::string::npos);
  CHECK(desk.run({"mounts", "--json"}) == ExitStatus::done);
  CHECK(ipc::decode<ipc::MountsResponse>(desk.out)->mounts.at(1).state == "covering");
  CHECK(forgotten == std::vector<std::string>{"", "", ""});
}

TEST_CASE("commands: commit is full only when asked to be") {
  Desk desk;
  std::vector<bool> full;
  desk.service.on_commit = [&](const ipc::CommitRequest& request, auto reply) {
    full.push_back(request.full);
    reply.finish(ipc::CommitResponse{});
  };
  CHECK(desk.run({"commit"}) == ExitStatus::done);
  CHECK(desk.run({"commit", "--full", "-m", "x"}) == ExitStatus::done);
  CHECK(full == std::vector<bool>{false, true});
}

TEST_CASE("commands: cat asks for the later pieces at the commit of the first") {
  Desk desk;
  std::vector<ipc::ContentRequest> asked;
  const std::string content("one\0two\xff", 8);
  desk.service.on_content = [&](ipc::ContentRequest request, auto reply) {
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
  desk.service.on_hello = [](auto, auto reply) {
    reply.finish(ipc::HelloResponse{"1", 1, 1, {ipc::kRawFeature}});
  };
  const std::string content("one\0two\xff and the rest", 21);
  std::vector<std::size_t> cuts{5, 6, 21};
  std::string error;
  ipc::ContentsRequest rest;
  desk.service.on_content = [&](const ipc::ContentRequest& request, auto reply) {
    CHECK(request.raw);
    ipc::ContentResponse piece;
    piece.raw = content.substr(0, cuts[0]);
    piece.size = content.size();
    piece.id = "i1";
    reply.finish(piece);
  };
  desk.service.on_contents = [&](const ipc::ContentsRequest& request, auto reply) {
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
  desk.service.on_content = [](auto, auto reply) {
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
  desk.service.on_restore = [&](ipc::RestoreRequest request, auto reply) {
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
  desk.service.on_verify = [](auto, auto reply) {
    ipc::VerifyResponse found;
    found.error_count = 1;
    reply.finish(found);
  };
  desk.service.on_doctor = [](auto, auto reply) {
    ipc::DoctorResponse found;
    found.checks.push_back({"disk", "error", "full", ""});
    reply.finish(found);
  };
  CHECK(desk.run({"verify"}) == ExitStatus::failed);
  CHECK(desk.run({"doctor"}) == ExitStatus::attention);
  CHECK(desk.out.find("disk: full") != std::string::npos);
}

TEST_CASE("commands: which repository") {
  Desk desk;
  std::string asked;
  desk.service.on_remote_list = [&](ipc::RemoteListRequest request, auto reply) {
    asked = request.repository;
    reply.finish(ipc::RemoteListResponse{});
  };
  CHECK(desk.run({"remote", "list"}) == ExitStatus::done);
  CHECK(asked == "notes");
  CHECK(desk.run({"remote", "list", "-r", "other"}).error().code == base::ErrorCode::not_found);
  desk.service.on_repo_list = [](auto, auto reply) {
    ipc::RepoListResponse list;
    list.repositories.push_back({"a", "1", "/x", "watching", "/d", false});
    list.repositories.push_back({"b", "2", "/w", "watching", "/d", false});
    list.repositories.push_back({"c", "3", "/w/sub", "watching", "/d", false});
    reply.finish(list);
  };
  CHECK(desk.run({"remote", "list"}) == ExitStatus::done);
  CHECK(asked == "c");
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
  desk.service.on_remote_heads = [&](ipc::RemoteHeadsRequest request, auto reply) {
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
  desk.service.on_remove_head = [&](ipc::RemoveHeadRequest request, auto reply) {
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
  desk.service.on_clone = [&](ipc::CloneRequest request, auto reply) {
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
