// SPDX-License-Identifier: Apache-2.0
// restore --overwrite with the real programs: no work is lost, whenever it was saved.
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <thread>

#include "tests/support/desk.hpp"
#include "tests/support/must.hpp"
#include "tests/support/test_rounds.hpp"

namespace {

using namespace vcs;
using test::read_file;
using test::write_file;
namespace fs = std::filesystem;

constexpr uid_t kNobody = 65534;

struct Desk : test::Desk {
  explicit Desk(const std::string& config = "", uid_t user = geteuid()) : test::Desk(config, user) {
    write_file(folder / "file", "first\n");
    write_file(folder / "other", "other\n");
    watch();
    first = commit();
  }
  std::string commit() const {  // as the agent's user
    return agent.json({"commit", "-r", "desk"})["id"];
  }
  // All versions of `path` in the history, joined.
  std::string history_of(const std::string& path) {
    std::string all;
    for (const auto& commit : agent.json({"log", "-r", "desk"}))
      all += agent.ctl({"cat", commit["id"].get<std::string>() + ":" + path, "-r", "desk"}).out;
    return all;
  }
  nlohmann::json restore(const std::vector<std::string>& more) {
    std::vector<std::string> command = {"restore", first, "-r", "desk", "--json"};
    command.insert(command.end(), more.begin(), more.end());
    return nlohmann::json::parse(agent.ctl(command, folder.path()).out);
  }
  std::string first;
};

TEST_CASE("restore over files: a save is in the history however short before it was made") {
  Desk desk;
  const int rounds = static_cast<int>(test::test_rounds(12));
  for (int round = 0; round < rounds; ++round) {
    const std::string work = "work of round " + std::to_string(round) + "\n";
    write_file(desk.folder / "file", work);
    std::this_thread::sleep_for(std::chrono::milliseconds(2000 * round / rounds));
    const auto done = desk.restore({"file", "--overwrite"});
    INFO(done.dump());
    CHECK(done["result"]["replaced"] == 1);
    CHECK(read_file(desk.folder / "file") == "first\n");
    CHECK(desk.cat("file", done["result"]["before"].get<std::string>()) == work);
  }
}

TEST_CASE("restore over files: what lacks descriptors comes back when there are some again") {
  Desk desk;
  std::string deep;
  for (int depth = 0; depth < 40; ++depth) {
    deep += "deep/";
    fs::create_directory(desk.folder / deep);
    write_file(desk.folder / (deep + "file"), std::to_string(depth));
  }
  desk.commit();
  test::TemporaryFolder place;
  ipc::Client& client = desk.client();  // connected while descriptors are left
  const auto limit = [&](rlim_t descriptors) {
    rlimit now{};
    REQUIRE(prlimit(desk.agent.pid(), RLIMIT_NOFILE, nullptr, &now) == 0);
    now.rlim_cur = std::min(descriptors, now.rlim_max);
    REQUIRE(prlimit(desk.agent.pid(), RLIMIT_NOFILE, &now, nullptr) == 0);
  };
  const auto is_open = [&](rlim_t descriptor) {
    return fs::is_symlink("/proc/" + std::to_string(desk.agent.pid()) + "/fd/" +
                          std::to_string(descriptor));
  };
  rlim_t few = 0;  // leaves the agent a dozen
  for (int left = 12; left > 0; ++few) left -= is_open(few) ? 0 : 1;
  rlimit before{};
  REQUIRE(prlimit(desk.agent.pid(), RLIMIT_NOFILE, nullptr, &before) == 0);
  limit(few);
  std::thread helps([&] {
    std::this_thread::sleep_for(std::chrono::seconds(1));
    limit(before.rlim_cur);
  });
  ipc::RestoreRequest request;
  request.repository = "desk";
  request.commit = "HEAD";
  request.target = place / "out";
  std::vector<std::string> told;
  const auto done = client.stream<ipc::Restore>(request, [&](const ipc::RestoreItem& item) {
    told.push_back(item.path + ": " + item.detail);
    return true;
  });
  helps.join();
  CAPTURE(told);
  const auto result = test::must(done);
  CHECK(result.failed + result.incomplete == 0);
  CHECK(test::run_program({"diff", "-r", desk.folder.path(), place / "out"}).out.empty());
}

TEST_CASE("restore over files: a dry run tells what would become of what is barred") {
  // Root may write everywhere, so for root the agent runs as another user.
  const uid_t user = geteuid() == 0 ? kNobody : geteuid();
  Desk desk("", user);
  const auto place = [&](const std::string& name, const std::string& text) {
    write_file(desk.folder / name, text);
    if (user != geteuid()) REQUIRE(chown((desk.folder / name).c_str(), user, user) == 0);
  };
  for (const char* name : {"shut", "shut/sub"}) {
    fs::create_directory(desk.folder / name);
    if (user != geteuid()) REQUIRE(chown((desk.folder / name).c_str(), user, user) == 0);
  }
  for (const char* name : {"alone", "shut/file", "shut/sub/file"}) place(name, "first\n");
  desk.first = desk.commit();
  for (const char* name : {"alone", "shut/file", "shut/sub/file"}) place(name, "second\n");
  desk.commit();
  const auto bar = [&](mode_t mode) {
    REQUIRE(chmod((desk.folder / "alone").c_str(), mode & ~0111u) == 0);
    REQUIRE(chmod((desk.folder / "shut").c_str(), mode) == 0);
  };
  const auto actions = [&](const std::vector<std::string>& more) {
    std::map<std::string, std::string> told;
    const auto done = desk.restore(more);
    for (const auto& item : done["items"])
      told[item["path"]] =
          item["action"].get<std::string>() + ": " + item["detail"].get<std::string>();
    return told;
  };
  for (const mode_t mode : {0, 0100, 0300, 0400}) {
    bar(mode);
    CAPTURE(mode);
    auto told = actions({"--overwrite", "--dry-run"});
    CAPTURE(told);
    const std::string folder =
        "replace: the permissions of its folder forbid reading it, so it counts as different";
    CHECK(told["shut/file"] == folder);
    CHECK(told["shut/sub/file"] == folder);
    if (mode != 0400)
      CHECK(told["alone"] ==
            "replace: its permissions forbid reading it, so it counts as different");
    auto kept = actions({"--dry-run"});
    CAPTURE(kept);
    CHECK(kept["shut/file"] ==
          "refused: the permissions of its folder forbid reading it, so it counts as different "
          "(--overwrite replaces it)");
    CHECK(kept["alone"].find("refused: the file there now is different") == 0);
    struct stat now {};
    REQUIRE(stat((desk.folder / "shut").c_str(), &now) == 0);
    CHECK((now.st_mode & 07777) == mode);
  }
  bar(0);
  const auto done = desk.restore({"--overwrite"});
  INFO(done.dump());
  CHECK(done["result"]["replaced"] == 3);
  CHECK(done["result"]["refused"].get<int>() + done["result"]["failed"].get<int>() == 0);
}

TEST_CASE("restore over files: a writer that never stops loses nothing") {
  Desk desk;
  std::atomic<bool> stop = false;
  int lines = 0;
  std::thread writer([&] {
    while (!stop) {
      std::FILE* file = std::fopen((desk.folder / "file").c_str(), "a");
      std::fprintf(file, "line %d.\n", ++lines);
      std::fclose(file);
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  });
  for (int round = 0; round < 8; ++round) (void)desk.restore({"file", "--overwrite"});
  stop = true;
  writer.join();
  desk.commit();
  std::string all = desk.history_of("file");
  for (const auto& entry : fs::directory_iterator(desk.folder.path()))
    if (entry.is_regular_file()) all += read_file(entry.path());
  for (int line = 1; line <= lines; ++line) {
    INFO("line " << line << " of " << lines);
    REQUIRE(all.find("line " + std::to_string(line) + ".\n") != std::string::npos);
  }
}

TEST_CASE("restore over files: what is ignored or too large is refused by name, and stays") {
  Desk desk("[repository.desk.watch]\nmax_file_size = \"1 MiB\"\n");
  write_file(desk.folder / ".vcsignore", "file\n");
  write_file(desk.folder / "other", std::string(2 << 20, 'x'));
  desk.commit();
  write_file(desk.folder / "file", "a year of work\n");
  const auto done = desk.restore({"--overwrite"});
  INFO(done.dump());
  CHECK(done["result"]["refused"] == 2);
  CHECK(done["result"]["replaced"] == 0);
  for (const auto& item : done["items"])
    if (item["path"] == "file")
      CHECK(item["detail"].get<std::string>().find("ignored") != std::string::npos);
  CHECK(read_file(desk.folder / "file") == "a year of work\n");
  CHECK(fs::file_size(desk.folder / "other") == 2 << 20);
}

TEST_CASE("restore over files: elsewhere only what the history has is replaced") {
  Desk desk;
  write_file(desk.folder / "file", "second\n");
  desk.commit();
  test::TemporaryFolder out;
  write_file(out / "file", "second\n");
  write_file(out / "other", "of nobody's history\n");
  const auto done = desk.restore({"--overwrite", "--to", out.path()});
  INFO(done.dump());
  CHECK(done["result"]["replaced"] == 1);
  CHECK(done["result"]["refused"] == 1);
  CHECK(read_file(out / "file") == "first\n");
  CHECK(read_file(out / "other") == "of nobody's history\n");
}

TEST_CASE("restore over files: HEAD is what it was when it was asked for") {
  Desk desk("[repository.desk.watch]\nsettle_quiet = \"1m\"\nsettle_latest = \"1m\"\n");
  write_file(desk.folder / "file", "not yet in a commit\n");
  const auto done = nlohmann::json::parse(
      desk.agent
          .ctl({"restore", "HEAD", "file", "-r", "desk", "--overwrite", "--json"},
               desk.folder.path())
          .out);
  CHECK(done["result"]["replaced"] == 1);
  CHECK(read_file(desk.folder / "file") == "first\n");
  CHECK(desk.cat("file", done["result"]["before"].get<std::string>()) == "not yet in a commit\n");
}

}  // namespace
