// SPDX-License-Identifier: Apache-2.0
// A person about to switch the machine off waits for the copies, too.
#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <random>
#include <set>

#include "tests/support/desk.hpp"
#include "tests/support/eventually.hpp"

namespace vcs::test {
namespace {

namespace fs = std::filesystem;

// The agent copies once an hour, so a copy that comes sooner was asked for.
constexpr const char* kLazy = "[watch]\nsettle_quiet = \"50ms\"\n[sync]\ninterval = \"1h\"\n";

struct Scene {
  Scene() {
    write_file(desk.agent.home() + "/config.toml", kLazy);
    desk.watch();
    desk.agent.json({"remote", "add", "r", remote()});
    desk.agent.json({"sync", "--wait"});
  }
  std::string remote() const { return disk / "store"; }
  void save(const std::string& name, const std::string& text) const {
    write_file(desk.folder / name, text);
  }
  // The content of the file `name` in a fresh clone of the remote; "none" if it is not there.
  std::string copied(const std::string& name) {
    RealAgent other;
    other.start();
    const std::string folder = disk / "clone";
    fs::remove_all(folder);
    other.json({"clone", "--no-push", remote(), folder});
    return fs::exists(folder + "/" + name) ? read_file(folder + "/" + name) : "none";
  }
  // Takes the disk with the remote away, or brings it back.
  void detach() const { fs::rename(remote(), remote() + ".away"); }
  void attach() const { fs::rename(remote() + ".away", remote()); }

  TemporaryFolder disk;
  Desk desk;
};

std::string noise(std::size_t size) {
  std::mt19937_64 random(1);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

}  // namespace

TEST_CASE("assured copies: a status that waits for copies has all that was written before") {
  Scene scene;
  for (int i = 0; i < 3; ++i) {
    const std::string text = std::to_string(i);
    scene.save("a", text);
    CHECK(scene.desk.agent.ctl({"status", "--wait", "--synced"}).status == 0);
    CHECK(scene.copied("a") == text);
  }
}

TEST_CASE("assured copies: a remote that is away is named, and the agent does not stop") {
  Scene scene;
  scene.save("a", "last");
  scene.detach();
  const auto status = scene.desk.agent.ctl({"status", "--synced"});
  CHECK(status.status == 3);
  CHECK(status.out.find("desk/r has not got everything: ") != std::string::npos);
  const auto stop = scene.desk.agent.ctl({"stop", "--sync"});
  CHECK(stop.status == 3);
  CHECK(stop.out.find("desk/r has not got everything: ") != std::string::npos);
  CHECK(stop.out.find("the agent goes on") != std::string::npos);
  CHECK(scene.desk.agent.ctl({"status", "--no-start"}).status != 1);

  scene.attach();
  CHECK(scene.desk.agent.ctl({"stop", "--sync"}).status == 0);
  CHECK(scene.desk.agent.ctl({"status", "--no-start"}).status == 1);
  CHECK(scene.copied("a") == "last");
}

TEST_CASE("assured copies: who stops anyway is told what is missing") {
  Scene scene;
  scene.detach();
  scene.save("a", "last");
  const auto stop = scene.desk.agent.ctl({"stop", "--sync", "--anyway", "--json"});
  CHECK(stop.status == 3);
  const auto told = nlohmann::json::parse(stop.out);
  CHECK(told["stopped"] == true);
  CHECK(told["status"]["unsynced"][0]["remote"] == "r");
  CHECK(scene.desk.agent.ctl({"status", "--no-start"}).status == 1);
  // Without an agent nobody knows whether the copies are there.
  CHECK(scene.desk.agent.ctl({"stop", "--sync"}).status == 3);
}

TEST_CASE("assured copies: waiting ends in time, and copying goes on") {
  Scene scene;
  scene.save("large", noise(60'000'000));
  scene.desk.agent.json({"commit"});
  const auto status = scene.desk.agent.ctl({"status", "--synced", "--timeout", "1ms"});
  CHECK(status.status == 3);
  CHECK(status.out.find("copying has not ended within 1ms") != std::string::npos);
  CHECK(
      eventually([&] { return scene.desk.agent.repository()["remotes"][0]["state"] == "synced"; }));
}

TEST_CASE("assured copies: files that lacked descriptors are complete soon after the lack ends") {
  Desk desk;
  desk.watch();
  // The limit at which the agent can open `left` more files: it bounds the descriptor numbers.
  const auto limit_for = [&](rlim_t left) {
    std::set<rlim_t> used;
    for (const auto& file :
         fs::directory_iterator("/proc/" + std::to_string(desk.agent.pid()) + "/fd"))
      used.insert(std::stoul(file.path().filename()));
    rlim_t number = 0;
    for (;; ++number)
      if (!used.contains(number) && left-- == 0) return number;
  };
  rlimit usual{};
  REQUIRE(prlimit(desk.agent.pid(), RLIMIT_NOFILE, nullptr, &usual) == 0);
  for (rlim_t left = 0; left < 6; ++left) {
    rlimit few{limit_for(left), usual.rlim_max};
    REQUIRE(prlimit(desk.agent.pid(), RLIMIT_NOFILE, &few, nullptr) == 0);
    const std::string folder = desk.folder / std::to_string(left);
    fs::create_directories(folder + "/deep/deeper");
    for (int i = 0; i < 40; ++i)
      write_file(folder + "/deep/deeper/" + std::to_string(i), folder + std::to_string(i));
    // A file that was open only while they were counted makes the limit one too high.
    if (left == 0)
      CHECK(eventually([&] {
        few.rlim_cur = limit_for(0);
        (void)prlimit(desk.agent.pid(), RLIMIT_NOFILE, &few, nullptr);
        write_file(folder + "/deep/deeper/0", folder + "0");
        return desk.agent.log().find("Too many open files") != std::string::npos;
      }));
    REQUIRE(prlimit(desk.agent.pid(), RLIMIT_NOFILE, &usual, nullptr) == 0);
    const auto files = 40 * (left + 1);
    CHECK(eventually([&] {
      const auto now = desk.agent.repository();
      return now["problem_count"] == 0 && now["files"] == files && now["state"] == "watching";
    }));
  }
}

}  // namespace vcs::test
