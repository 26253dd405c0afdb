// SPDX-License-Identifier: Apache-2.0
// A home and a remote that version 0.1.0 left: the agent reads the home, continues its history,
// copies to the remote, and clones from it.
//
// tests/golden/0.1.0/ was made by that version: `home` is its VCSD_HOME, `copy` its folder remote.
// The watched folder was /home/ada/novel, the remote's /home/ada/copy.
#include <catch2/catch.hpp>
#include <filesystem>
#include <regex>

#include "tests/support/eventually.hpp"
#include "tests/support/real_agent.hpp"

using namespace vcs;
namespace fs = std::filesystem;

namespace {

constexpr const char* kGolden = VCS_SOURCE_DIR "/tests/golden/0.1.0";

// Ada's folder, with an agent on the home that 0.1.0 left.
struct Ada {
  test::TemporaryFolder home;
  test::RealAgent agent;

  Ada() {
    fs::copy(std::string(kGolden) + "/copy", home / "copy", fs::copy_options::recursive);
    fs::copy(std::string(kGolden) + "/home", agent.home(),
             fs::copy_options::recursive | fs::copy_options::skip_existing);
    for (const auto& entry : fs::recursive_directory_iterator(agent.home()))
      fs::permissions(entry.path(), entry.is_directory()
                                        ? fs::perms::owner_all
                                        : fs::perms::owner_read | fs::perms::owner_write);
    for (const auto& entry : fs::directory_iterator(agent.home() + "/repositories"))
      for (const char* name : {"/repository.toml", "/repository.copy.toml"})
        move_in(entry.path().string() + name);
  }

  // Puts this test's paths into `file`, and removes the identity of the folder that 0.1.0 saw.
  void move_in(const std::string& file) const {
    std::string text = test::read_file(file);
    text = std::regex_replace(text, std::regex("/home/ada"), home.path());
    text = std::regex_replace(text, std::regex(R"(\[root\]\n.*\n.*\n)"), "");
    test::write_file(file, text);
  }

  std::size_t commits(const std::string& repository) const {
    return agent.json({"log", "-r", repository}).size();
  }
};

void check_novel(const std::string& folder) {
  INFO(folder);
  CHECK(test::read_file(folder + "/chapter1.txt") == "It was a bright cold night.\n");
  CHECK(test::read_file(folder + "/chapter2.txt").size() == 440);
  CHECK(test::read_file(folder + "/empty").empty());
  CHECK(test::read_file(folder + "/greet.sh") == "#!/bin/sh\necho hello\n");
  CHECK((fs::status(folder + "/greet.sh").permissions() & fs::perms::owner_exec) !=
        fs::perms::none);
  CHECK(test::read_file(folder + "/caf\xe9.txt") == "a name that is no UTF-8\n");
  CHECK(fs::read_symlink(folder + "/maps/start") == "../chapter1.txt");
  std::string painting;
  for (long long i = 0; i < 40000; ++i)
    painting += fmt::format("stroke {} at {}\n", i, (i * i * i) % 1009 / 37);
  CHECK(test::read_file(folder + "/painting.txt") == painting);
  CHECK_FALSE(fs::exists(folder + "/maps/north/river.txt"));
}

}  // namespace

TEST_CASE("golden home: a history of 0.1.0 is read") {
  Ada ada;
  ada.agent.start();
  CHECK(ada.commits("novel") == 4);
  CHECK(ada.agent.ctl({"cat", "HEAD~3:maps/north/river.txt", "-r", "novel"}).out ==
        "The river bends here.\n");
  CHECK(ada.agent.ctl({"log", "-r", "novel"}).out.find("a better beginning") != std::string::npos);
  CHECK(ada.agent.ctl({"verify", "-r", "novel"}).status == 0);
  const std::string target = ada.home / "restored";
  CHECK(ada.agent.ctl({"restore", "HEAD", "--to", target, "-r", "novel"}).status == 0);
  check_novel(target);
}

TEST_CASE("golden home: a watched folder of 0.1.0 is gone on with, and copied to its remote") {
  Ada ada;
  ada.agent.start();
  const std::string folder = ada.home / "novel";
  REQUIRE(ada.agent.ctl({"restore", "HEAD", "--to", folder, "-r", "novel"}).status == 0);
  REQUIRE(
      test::eventually([&] { return ada.agent.repository("novel").at("state") == "watching"; }));
  test::write_file(folder + "/chapter3.txt", "And it rained.\n");
  CHECK(ada.agent.ctl({"commit", "-m", "third chapter", "-r", "novel"}).status == 0);
  CHECK(ada.agent.ctl({"cat", "HEAD:chapter3.txt", "-r", "novel"}).out == "And it rained.\n");
  CHECK(ada.commits("novel") >= 5);
  CHECK(ada.agent.ctl({"sync", "--wait", "-r", "novel"}).status == 0);

  test::RealAgent other;
  other.start();
  const std::string clone = ada.home / "clone";
  REQUIRE(other.ctl({"clone", "file://" + ada.home / "copy", clone}).status == 0);
  check_novel(clone);
  CHECK(test::read_file(clone + "/chapter3.txt") == "And it rained.\n");
}

TEST_CASE("golden home: a remote of 0.1.0 is cloned from, and takes more") {
  Ada ada;
  test::RealAgent other;
  other.start();
  const std::string url = "file://" + ada.home / "copy";
  const std::string clone = ada.home / "clone";
  REQUIRE(other.ctl({"clone", url, clone}).status == 0);
  check_novel(clone);
  test::write_file(clone + "/chapter3.txt", "And it rained.\n");
  CHECK(other.ctl({"commit", "-r", "clone"}).status == 0);
  CHECK(other.ctl({"sync", "--wait", "-r", "clone"}).status == 0);
  const std::string second = ada.home / "second";
  REQUIRE(other.ctl({"clone", url, second}).status == 0);
  check_novel(second);
  CHECK(test::read_file(second + "/chapter3.txt") == "And it rained.\n");
}
