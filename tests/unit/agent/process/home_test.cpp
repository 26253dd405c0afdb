// SPDX-License-Identifier: Apache-2.0
// Tests of agent/process/home.
#include "agent/process/home.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/must.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace vcs;
using agent::process::accept_home;
using base::ErrorCode;
using test::must;
using test::TemporaryFolder;
namespace fs = std::filesystem;

namespace {

unsigned mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777U;
}

}  // namespace

TEST_CASE("home: one that is missing is made for its owner alone") {
  const TemporaryFolder folder;
  must(accept_home(folder / "some/where/vcsd"));
  CHECK(mode_of(folder / "some/where/vcsd") == 0700);
}

TEST_CASE("home: one that is open to others is closed where only vcsd's own lies in it") {
  const TemporaryFolder folder;
  const std::string home = folder / "home";
  REQUIRE(mkdir(home.c_str(), 0755) == 0);
  REQUIRE(chmod(home.c_str(), 0755) == 0);
  SECTION("empty") {}
  SECTION("with a configuration") {
    test::write_file(home + "/config.toml", "");
  }
  SECTION("with what was saved") {
    fs::create_directories(home + "/repositories/notes-01234567");
  }
  SECTION("behind a link") {
    fs::create_symlink(home, folder / "link");
    must(accept_home(folder / "link"));
  }
  must(accept_home(home));
  CHECK(mode_of(home) == 0700);
}

TEST_CASE("home: a folder that is used for other things is left as it is") {
  const TemporaryFolder folder;
  const std::string home = folder / "home";
  REQUIRE(mkdir(home.c_str(), 0755) == 0);
  REQUIRE(chmod(home.c_str(), 0755) == 0);
  test::write_file(home + "/index.html", "");
  const auto refused = accept_home(home);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::denied);
  CHECK(refused.error().message.find("index.html") != std::string::npos);
  CHECK(mode_of(home) == 0755);
  CHECK(std::distance(fs::directory_iterator(home), {}) == 1);
  REQUIRE(chmod(home.c_str(), 0700) == 0);
  must(accept_home(home));
}

TEST_CASE("home: nothing is made or changed in another person's place") {
  if (geteuid() != 0) {
    WARN("skipped: only root can make another person's folder");
    return;
  }
  const TemporaryFolder folder;
  REQUIRE(chown(folder.path().c_str(), 12345, 12345) == 0);
  CHECK(accept_home(folder / ".local/share/vcsd").error().code == ErrorCode::denied);
  CHECK(accept_home(folder.path()).error().code == ErrorCode::denied);
  CHECK(fs::is_empty(folder.path()));
}
