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
  const MountSet mounts = parse_mounts(kTable, "/home/me/work");
  CHECK(mounts == MountSet{{"disk", "90 22 8:17 "}, {"a b\\c", "91 22 0:45 "}});
  CHECK(parse_mounts(kTable, "/").size() == 4);
}

TEST_CASE("mount table: lines that are none name nothing") {
  CHECK(parse_mounts("", "/home").empty());
  CHECK(parse_mounts("\n\n 1 2\nx\n1 2 3 4\n", "/home").empty());
  const std::string table = kTable;
  for (std::size_t end = 0; end < table.size(); ++end)
    CHECK(parse_mounts(table.substr(0, end), "/home/me/work").size() <= 2);
}

}  // namespace
}  // namespace vcs::agent::watch

#endif
