// SPDX-License-Identifier: Apache-2.0
// Removed histories on a real disk.
#include "agent/records/removed_histories.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/must.hpp"
#include "tests/support/temporary_folder.hpp"

namespace vcs::agent::records {
namespace {

namespace fs = std::filesystem;
using test::must;

constexpr base::UnixNanos k99 = base::UnixNanos(std::chrono::seconds(99));
constexpr base::UnixNanos k100 = base::UnixNanos(std::chrono::seconds(100));

struct Shelf {
  Shelf() {
    fs::create_directory(folder / "work-1a");
    const auto own = must(directory->open_directory("work-1a"));
    config::RepositoryFile file;
    file.name = "work", file.id = "1", file.worktree = "/w";
    must(config::write_repository_file(*own, file));
  }
  bool is_repository(const std::string& name) {
    return fs::exists(folder / name + "/" + config::kRepositoryFileName);
  }
  test::TemporaryFolder folder;
  std::unique_ptr<base::FileSystem> filesystem = base::make_posix_filesystem();
  std::unique_ptr<base::Directory> directory = must(filesystem->open_directory(folder.path()));
};

}  // namespace

TEST_CASE("removed histories: one that is kept is never swept, and comes back") {
  Shelf shelf;
  CHECK(list_removed(*shelf.directory).empty());
  must(take_out(*shelf.directory, "work-1a"));
  CHECK_FALSE(shelf.is_repository("work-1a"));
  sweep_removed(*shelf.directory, base::UnixNanos::max(), {});
  const auto removed = list_removed(*shelf.directory);
  REQUIRE(removed.size() == 1);
  CHECK(removed[0].file.worktree == "/w");
  CHECK(removed[0].expires == base::UnixNanos{});
  CHECK(must(bring_back(*shelf.directory, removed[0])) == "work-1a");
  CHECK(shelf.is_repository("work-1a"));
}

TEST_CASE("removed histories: one that is deleted waits for its time") {
  Shelf shelf;
  const std::string aside = must(put_aside(*shelf.directory, "work-1a", k100));
  CHECK_FALSE(fs::exists(shelf.folder / "work-1a"));
  sweep_removed(*shelf.directory, k99, {});
  auto removed = list_removed(*shelf.directory);
  REQUIRE(removed.size() == 1);
  CHECK(removed[0].folder == aside);
  CHECK(removed[0].expires == k100);
  SECTION("and is gone then") {
    sweep_removed(*shelf.directory, k100, {});
    CHECK(fs::is_empty(shelf.folder.path()));
  }
  SECTION("and comes back before") {
    must(bring_back(*shelf.directory, removed[0]));
    CHECK(shelf.is_repository("work-1a"));
    sweep_removed(*shelf.directory, k100, {});
    CHECK(shelf.is_repository("work-1a"));
  }
  SECTION("also where coming back was cut off") {
    fs::rename(shelf.folder / aside, shelf.folder / "work-1a");
    removed = list_removed(*shelf.directory);
    REQUIRE(removed.size() == 1);
    CHECK(must(bring_back(*shelf.directory, removed[0])) == "work-1a");
    CHECK(shelf.is_repository("work-1a"));
  }
}

TEST_CASE("removed histories: one is found by name, key, or the beginning of its id") {
  RemovedHistory first, second;
  first.file.name = second.file.name = "work";
  first.file.id = "abcdef0123", second.file.id = "abcd999999";
  first.key = "work-1a", second.key = "work-2b";
  const auto found = [&](const std::string& wanted) {
    return find_removed({first, second}, wanted).size();
  };
  CHECK(found("work") == 2);
  CHECK(found("work-1a") == 1);
  CHECK(found("ABCDE") == 1);
  CHECK(found("abcd") == 2);
  CHECK(found("abc") == 0);
  CHECK(found("abcdef01234") == 0);
  CHECK(found("") == 0);
}

TEST_CASE("removed histories: one that is doomed is not listed, and goes whatever the time is") {
  Shelf shelf;
  must(doom(*shelf.directory, "work-1a"));
  CHECK(list_removed(*shelf.directory).empty());
  sweep_doomed(*shelf.directory, {});
  CHECK(fs::is_empty(shelf.folder.path()));
}

TEST_CASE("removed histories: what was changed of its description counts when it comes back") {
  Shelf shelf;
  must(put_aside(*shelf.directory, "work-1a", k100));
  RemovedHistory removed = list_removed(*shelf.directory).at(0);
  CHECK(removed.key == "work-1a");
  removed.file.worktree = "/elsewhere", removed.file.name = "novel";
  must(bring_back(*shelf.directory, removed));
  const auto own = must(shelf.directory->open_directory("work-1a"));
  CHECK(must(config::read_repository_file(*own)).worktree == "/elsewhere");
  CHECK_FALSE(own->stat(config::kRepositoryRemovedName));
}

TEST_CASE("removed histories: what is named like one and is none is left alone") {
  Shelf shelf;
  for (const char* name :
       {"removed+", "removed+1", "removed+x+work", "removed+-1+work", "removed+9223372037+work",
        "removed+99999999999999999999+work", "removed+1+"})
    fs::create_directory(shelf.folder / name);
  sweep_removed(*shelf.directory, base::UnixNanos::max(), {});
  CHECK(std::distance(fs::directory_iterator(shelf.folder.path()), {}) == 8);
  CHECK(list_removed(*shelf.directory).empty());
}

}  // namespace vcs::agent::records
