// SPDX-License-Identifier: Apache-2.0
// The agent remembers the times in which nobody watched, and tells those where files changed.
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>

#include "tests/support/desk.hpp"
#include "tests/support/eventually.hpp"

namespace vcs::test {
namespace {

namespace fs = std::filesystem;

struct Scene {
  Scene() {
    save("a", "0");
    desk.watch();
  }
  void save(const std::string& name, const std::string& text) const {
    write_file(desk.folder / name, text);
  }
  // Stops the agent, runs `meanwhile`, starts it again, and gives the gaps that it tells.
  template <typename Meanwhile>
  nlohmann::json after(int signal, const Meanwhile& meanwhile) {
    desk.agent.stop(signal);
    meanwhile();
    desk.agent.start();
    return gaps();
  }
  nlohmann::json gaps() {
    desk.agent.json({"status", "--wait"});
    return desk.agent.repository()["unwatched"];
  }
  Desk desk;
};

}  // namespace

TEST_CASE("gaps: what was saved while no agent ran is told with the time") {
  Scene scene;
  CHECK(scene.gaps().empty());
  const std::int64_t saved = scene.desk.agent.repository()["head_time"];
  const int end = GENERATE(SIGTERM, SIGKILL);
  CHECK(scene.after(end, [] {}).empty());
  const auto told = scene.after(end, [&] { scene.save("a", "in the gap"); });
  REQUIRE(told.size() == 1);
  CHECK(told[0]["from"] >= saved);
  CHECK(told[0]["to"] > told[0]["from"]);
  const auto status = scene.desk.agent.ctl({"status"});
  CHECK(status.status == 0);
  CHECK(status.out.find("not watched from ") != std::string::npos);
  // The gap stays known, and a time without a save adds none.
  CHECK(scene.after(end, [] {}) == told);
  CHECK(scene.after(end, [&] { scene.save("b", "again"); }).size() == 2);
}

TEST_CASE("gaps: a folder that was away is a time in which nobody watched") {
  Scene scene;
  const std::string place = scene.desk.folder.path();
  fs::rename(place, place + "-away");
  CHECK(eventually([&] { return scene.desk.agent.repository()["state"] == "suspended"; }));
  write_file(place + "-away/a", "in the gap");
  fs::rename(place + "-away", place);
  CHECK(eventually([&] { return scene.desk.agent.repository()["unwatched"].size() == 1; }));
}

TEST_CASE("gaps: a damaged record is named, survived and made anew") {
  Scene scene;
  const std::string data = scene.desk.agent.json({"repo", "list"})["repositories"][0]["data"];
  REQUIRE(fs::exists(data + "/watched"));
  CHECK(scene
            .after(SIGTERM,
                   [&] {
                     write_file(data + "/watched", "garbage");
                     scene.save("a", "in the gap");
                   })
            .empty());
  CHECK(scene.desk.cat("a") == "in the gap");
  CHECK(scene.desk.agent.log().find(data + "/watched: ") != std::string::npos);
  CHECK(eventually([&] { return read_file(data + "/watched").starts_with("VCSWATCH"); }));
  CHECK(scene.after(SIGTERM, [&] { scene.save("a", "once more"); }).size() == 1);
}

}  // namespace vcs::test
