// SPDX-License-Identifier: Apache-2.0
// The table of mounts, as the system writes it.
#ifdef __linux__
#include "agent/watch/mount_table.hpp"

#include <catch2/catch.hpp>

namespace vcs::agent::watch {
namespace {

constexpr const char* kTable =
    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    "90 22 8:17 / /home/me/work/disk rw - ext4 /dev/sdb1 rw\n"
    "91 22 0:45 /part /home/me/work/a\\040b\\134c rw - tmpfs none rw\n"
    "92 22 0:46 / /home/me/worker rw - tmpfs none rw\n"
    "93 22 0:47 / /home/me/work rw - tmpfs none rw\n";

TEST_CASE("mount table: what is mounted below a folder, with names as they are") {
  const MountSet mounts = parse_mounts(kTable, "/home/me/work").mounts;
  CHECK(mounts == MountSet{{"disk", "90 22 8:17 "}, {"a b\\c", "91 22 0:45 "}});
  CHECK(parse_mounts(kTable, "/").mounts.size() == 4);
}

TEST_CASE("mount table: lines that are none name nothing") {
  CHECK(parse_mounts("", "/home").mounts.empty());
  CHECK(parse_mounts("\n\n 1 2\nx\n1 2 3 4\n", "/home").mounts.empty());
  const std::string table = kTable;
  for (std::size_t end = 0; end < table.size(); ++end)
    CHECK(parse_mounts(table.substr(0, end), "/home/me/work").mounts.size() <= 2);
}

TEST_CASE("mount table: a filesystem that is seen at two places of a tree is bound") {
  const std::string table = kTable;
  const auto with = [&](const char* line) {
    return parse_mounts(table + line, "/home/me/work").is_bound;
  };
  CHECK_FALSE(with(""));
  CHECK(with("94 93 0:47 /a /home/me/work/b rw - tmpfs none rw\n"));           // of the root itself
  CHECK(with("94 93 8:17 /a /home/me/work/disk/b rw - ext4 /dev/sdb1 rw\n"));  // of one below it
  CHECK_FALSE(with("94 93 8:1 /a /home/me/work/b rw - ext4 /dev/sda1 rw\n"));  // under the root
  CHECK_FALSE(with("94 93 8:17 /a /home/me/worker/b rw - ext4 /dev/sdb1 rw\n"));
  CHECK(parse_mounts(table + "94 22 8:1 /a /home/b rw - ext4 /dev/sda1 rw\n", "/").is_bound);
}

}  // namespace
}  // namespace vcs::agent::watch

#endif
