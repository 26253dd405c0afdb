// SPDX-License-Identifier: Apache-2.0
// Tests of agent/process/debris.
#include "agent/process/debris.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "config/repository_file.hpp"
#include "tests/support/must.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace vcs;
using namespace vcs::agent;
using namespace vcs::agent::process;
using test::must;

TEST_CASE("debris: only what was begun and has no description of any kind is swept") {
  const test::TemporaryFolder folder;
  const auto filesystem = base::make_posix_filesystem();
  const auto make = [&](const std::string& name, bool marked) {
    auto made = must(filesystem->make_directories(folder / name));
    if (marked) must(mark_unfinished(*made));
    test::write_file(folder / name + "/packs", "objects");
    return made;
  };
  make("dead", true);
  make("of an older version", false);
  const auto finished = make("finished", true);
  test::write_file(folder / "finished/" + std::string(config::kRepositoryFileName), "x");
  make("copied", true);
  test::write_file(folder / "copied/" + std::string(config::kRepositoryCopyName), "x");
  make("removed", true);
  test::write_file(folder / "removed/" + std::string(config::kRepositoryRemovedName), "x");
  test::write_file(folder / "a file", "");
  must(filesystem->make_directories(folder / "not mounted"));
  must(filesystem->make_directories(folder / "dying"));
  test::write_file(folder / "dying/unfinished.tmp0", "");
  const std::vector<std::string> debris{"dead", "dying"};
  const auto repositories = must(filesystem->open_directory(folder.path()));
  CHECK(unfinished_folders(*repositories) == debris);
  // A folder that once had a description is kept, even when the description is lost later.
  mark_finished(*finished);
  std::filesystem::remove(folder / "finished/" + std::string(config::kRepositoryFileName));
  CHECK(unfinished_folders(*repositories) == debris);
}
