// SPDX-License-Identifier: Apache-2.0
// Memory runs out under the real agent: a file, or a request, fails and says so; the agent does
// not.
#include <signal.h>
#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/support/desk.hpp"
#include "tests/support/seeded_random.hpp"

#ifdef __linux__
namespace {

using namespace vcs;
namespace fs = std::filesystem;

std::uint64_t bytes_in_use(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/statm");
  std::uint64_t pages = 0;
  file >> pages;
  return pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

// Limits the process to `more` bytes of address space above its present use; nothing: no limit.
bool allow(pid_t process, std::optional<std::uint64_t> more) {
  rlimit limit{};
  if (prlimit(process, RLIMIT_AS, nullptr, &limit) != 0) return false;
  limit.rlim_cur = more ? bytes_in_use(process) + *more : limit.rlim_max;
  return prlimit(process, RLIMIT_AS, &limit, nullptr) == 0;
}

std::string noise(std::size_t size, std::uint64_t seed) {
  test::SeededRandom random(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random.next());
  return bytes;
}

}  // namespace

TEST_CASE("memory: an agent that has none answers, goes on, and saves all when there is some") {
  test::Desk desk("[core]\nworkers = 2\n");
  for (int i = 0; i < 300; ++i) test::write_file(desk.folder / ("f" + std::to_string(i)), "begun");
  test::write_file(desk.folder / "big", noise(20 << 20, 1));
  desk.watch();
  const pid_t pid = desk.agent.pid();
  for (const std::uint64_t mebibytes : {32, 8, 2, 0}) {
    CAPTURE(mebibytes);
    if (!allow(pid, mebibytes << 20)) {
      WARN("skipped: this system has no limit of address space for another process");
      return;
    }
    test::write_file(desk.folder / "big", noise(20 << 20, mebibytes + 2));
    fs::create_directory(desk.folder / ("d" + std::to_string(mebibytes)));
    for (int i = 0; i < 100; ++i)
      test::write_file(desk.folder / fmt::format("d{}/f{}", mebibytes, i), std::to_string(i));
    // Each command gets an answer, whichever it is.
    test::TemporaryFolder out;
    for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
             {"commit", "-r", "desk"},
             {"status"},
             {"verify", "-r", "desk", "--read-data"},
             {"log", "-r", "desk"},
             {"ls", "-r", "desk", "--recursive"},
             {"restore", "-r", "desk", "HEAD", "--to", out / "restored"}}) {
      const test::CommandResult result = desk.agent.ctl(command);
      CAPTURE(command, result.out, result.err);
      CHECK((result.status == 0 || result.status == 1 || result.status == 3));
      REQUIRE(kill(pid, 0) == 0);
    }
  }
  REQUIRE(allow(pid, std::nullopt));
  CHECK(desk.agent.json({"commit", "-r", "desk"})["problem_count"] == 0);
  CHECK(desk.agent.ctl({"cat", "-r", "desk", "HEAD:big"}).out == noise(20 << 20, 2));
  // The id of a file of many chunks differs in each repository, so its content is compared above.
  fs::remove(desk.folder / "big");
  desk.require_all_in(desk.commit());
  CHECK(desk.agent.ctl({"verify", "-r", "desk", "--read-data"}).status == 0);
  CHECK(desk.agent.repository()["state"] == "watching");
  CHECK(desk.agent.stop(SIGTERM) == 0);
}
#endif
