// SPDX-License-Identifier: Apache-2.0
// A folder of any depth is opened starting from the last opened one.
#include "core/worktree/folder_trail.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <random>

#include "core/object/tree_paths.hpp"
#include "core/worktree/folder_below.hpp"
#include "tests/support/intercepted_filesystem.hpp"
#include "tests/support/must.hpp"
#include "tests/support/temporary_folder.hpp"

namespace vcs::worktree {
namespace {

class Opens final : public test::Interceptor {
 public:
  std::uint64_t count = 0;
  base::Result<void> before(test::Call& call) override {
    count += call.kind == test::CallKind::open;
    return {};
  }
  void after(test::Call&, bool) override {}
};

struct Trail {
  Trail() : files(*real, opens), root(test::must(files.open_directory(folder.path()))) {}
  // Makes folders within folders, and gives their paths from the highest to the deepest.
  std::vector<std::string> make(std::size_t levels) {
    std::vector<std::string> paths;
    for (std::size_t i = 0; i < levels; ++i)
      paths.push_back(object::join_path(i == 0 ? "" : paths.back(), std::to_string(i % 10)));
    std::filesystem::create_directories(folder.path() + "/" + paths.back());
    opens.count = 0;
    return paths;
  }

  test::TemporaryFolder folder;
  std::unique_ptr<base::FileSystem> real = base::make_posix_filesystem();
  Opens opens;
  test::InterceptedFileSystem files;
  std::unique_ptr<base::Directory> root;
  FolderTrail trail{*root};
};

std::uint64_t inode(base::Directory& directory) {
  return test::must(directory.stat_self()).inode;
}

}  // namespace

TEST_CASE(
    "folder trail: the way down opens each folder once, the way up few "
    "of them again") {
  constexpr std::size_t kLevels = 1000;
  Trail stage;
  const auto paths = stage.make(kLevels);
  for (const std::string& path : paths) test::must(stage.trail.open(path));
  CHECK(stage.opens.count == kLevels);
  stage.opens.count = 0;
  for (auto path = paths.rbegin(); path != paths.rend(); ++path)
    test::must(stage.trail.open(*path));
  CHECK(stage.opens.count < 40 * kLevels);
}

TEST_CASE("folder trail: whatever comes next, it is the folder at that path") {
  Trail stage;
  std::vector<std::string> paths = stage.make(60);
  for (const char* side : {"0/1/x", "0/1/2/3/y/z", "0/11", "1"}) {
    std::filesystem::create_directories(stage.folder.path() + "/" + side);
    paths.push_back(side);
  }
  paths.emplace_back();
  std::mt19937 random(58);
  for (int i = 0; i < 3000; ++i) {
    const std::string& path = paths[random() % paths.size()];
    INFO(path);
    base::Directory* found = test::must(stage.trail.open(path));
    const auto direct =
        path.empty() ? nullptr : test::must(worktree::open_folder_below(*stage.root, path));
    REQUIRE(inode(*found) == inode(direct ? *direct : *stage.root));
    if (i % 10 == 0) REQUIRE_FALSE(stage.trail.open(object::join_path(path, "not there")));
  }
}

}  // namespace vcs::worktree
