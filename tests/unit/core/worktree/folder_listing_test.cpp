// SPDX-License-Identifier: Apache-2.0
// Tests of core/worktree/folder_listing: all names of a folder, in order, however many they are.
#include "core/worktree/folder_listing.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/support/must.hpp"
#include "tests/support/quick_folder.hpp"
#include "tests/support/seeded_random.hpp"

using namespace vcs;
using test::must;
using worktree::FolderListing;

namespace {

// Any bytes that may be in a name, any length.
std::string some_name(test::SeededRandom& random) {
  std::string name(1 + random.below(255), '\0');
  random.fill({reinterpret_cast<std::uint8_t*>(name.data()), name.size()});
  for (char& byte : name)
    if (byte == '\0' || byte == '/') byte = '_';
  return name == "." || name == ".." ? "dots" : name;
}

}  // namespace

TEST_CASE("folder listing: any names, sorted, with what they are") {
  test::SeededRandom random(test::test_seed());
  const test::QuickFolder folder;
  // No names, names within the first block, and more than fit into a block of the largest size.
  const std::size_t count = GENERATE(0u, 3u, 2000u);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string path = folder / some_name(random);
    // Short names come twice.
    if (std::filesystem::exists(std::filesystem::symlink_status(path))) continue;
    if (random.one_in(4))
      std::filesystem::create_directory(path);
    else
      std::ofstream(path) << "content";
  }
  const auto filesystem = base::make_posix_filesystem();
  const auto directory = must(filesystem->open_directory(folder.path()));
  const auto expected = must(base::list_sorted(*directory));

  const FolderListing listing = must(FolderListing::read(*directory));
  REQUIRE(listing.size() == expected.size());
  for (std::size_t i = 0; i < listing.size(); ++i) {
    REQUIRE(listing.name(i) == expected[i].name);
    REQUIRE(listing.type(i) ==
            (expected[i].type_known ? std::optional(expected[i].type) : std::nullopt));
    REQUIRE(listing.contains(expected[i].name));
  }
  CHECK_FALSE(listing.contains(""));
  CHECK_FALSE(listing.contains(".vcsignore"));
}
