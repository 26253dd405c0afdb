// SPDX-License-Identifier: Apache-2.0
// An agent on disks without hard links, renames that do not replace, syncs of folders and extended
// attributes, such as USB sticks and network shares. And places that do not work as remotes.
#include <sys/syscall.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/desk.hpp"
#include "tests/support/refused_calls.hpp"

namespace {

using namespace vcs;
using test::CommandResult;
using test::read_file;
using test::TemporaryFolder;
using test::write_file;
namespace fs = std::filesystem;

std::string listing(const std::string& folder) {
  return test::run_program({"sh", "-c", "find . -type f | sort | xargs sha256sum"}, folder).out;
}

TEST_CASE("poor filesystem: remotes, restores and clones work, and what is weaker is said") {
  test::with_refused(test::calls_of_a_poor_filesystem(), [] {
    test::Desk desk;
    TemporaryFolder place;
    fs::create_directory(desk.folder / "deep");
    for (int n = 0; n < 30; ++n) write_file(desk.folder / fmt::format("deep/{}", n), "text");
    write_file(desk.folder / "top", "first");
    desk.watch();

    const CommandResult added = desk.agent.ctl({"remote", "add", "stick", place / "copy"});
    CHECK(added.status == 0);
    CHECK(added.out.find("note: ") != std::string::npos);
    CHECK_FALSE(desk.agent.repository("desk")["remotes"][0]["weaknesses"].empty());
    CHECK(desk.agent.ctl({"sync", "--wait"}).status == 0);
    write_file(desk.folder / "top", "second");
    desk.commit();
    CHECK(desk.agent.ctl({"sync", "--wait"}).status == 0);

    CHECK(desk.agent.ctl({"restore", "HEAD", "-r", "desk", "--to", place / "back"}).status == 0);
    CHECK(listing(place / "back") == listing(desk.folder.path()));
    CHECK(desk.agent.ctl({"clone", place / "copy", place / "clone"}).status == 0);
    CHECK(listing(place / "clone") == listing(desk.folder.path()));

    fs::remove(desk.folder / "top");
    CHECK(desk.agent.ctl({"restore", "HEAD~1", "top"}, desk.folder.path()).status == 0);
    CHECK(read_file(desk.folder / "top") == "first");
    CHECK(desk.agent.ctl({"restore", "HEAD", "top"}, desk.folder.path()).status != 0);
    CHECK(read_file(desk.folder / "top") == "first");
  });
}

TEST_CASE("remote add: a place that does not work, or is another's, is refused and not recorded") {
  test::Desk desk;
  TemporaryFolder place, other;
  write_file(desk.folder / "file", "text");
  desk.watch();
  write_file(other / "theirs", "text");
  desk.agent.json({"init", other.path(), "--name", "other", "--wait"});
  const auto remotes = [&](const std::string& name) {
    return desk.agent.json({"remote", "list", "-r", name})["remotes"].size();
  };
  REQUIRE(desk.agent.ctl({"remote", "add", "disk", place / "copy", "-r", "desk"}).status == 0);
  REQUIRE(desk.agent.ctl({"sync", "--wait", "-r", "desk"}).status == 0);
  const std::string before = listing(place / "copy");

  const CommandResult taken =
      desk.agent.ctl({"remote", "add", "disk", place / "copy", "-r", "other"});
  CHECK(taken.status == 1);
  CHECK(taken.err.find("another repository") != std::string::npos);
  CHECK(remotes("other") == 0);
  CHECK(listing(place / "copy") == before);

  // A file lies in the place of the remote's folder `+tmp`: nothing can be put there.
  fs::create_directories(place / "broken");
  REQUIRE(desk.agent.ctl({"remote", "add", "probe", place / "broken", "-r", "other"}).status == 0);
  REQUIRE(desk.agent.ctl({"remote", "remove", "probe", "-r", "other"}).status == 0);
  fs::remove_all(place / "broken/+tmp");
  write_file(place / "broken/+tmp", "");
  const CommandResult broken =
      desk.agent.ctl({"remote", "add", "probe", place / "broken", "-r", "other"});
  CHECK(broken.status == 1);
  CHECK(broken.err.find("cannot hold copies") != std::string::npos);
  CHECK(remotes("other") == 0);
  CHECK(remotes("desk") == 1);
}

}  // namespace
