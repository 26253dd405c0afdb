// SPDX-License-Identifier: Apache-2.0
// The filesystems that are mounted below a folder, as the system's table of mounts tells them.
//
// No event tells that something was mounted on a watched folder, nor that a disk left its place
// while it is mounted elsewhere, too. One thread at a time.
#pragma once
#ifdef __linux__

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vcs::agent::watch {

// Of a line of the table: its next field, and what a field says. The table writes spaces, tabs,
// line ends and backslashes as three octal digits.
std::string_view take_field(std::string_view& line);
std::string unescaped(std::string_view text);

// What is mounted below `root`: the path relative to it, and a text that is another for another
// mount.
using MountSet = std::set<std::pair<std::string, std::string>>;
struct MountsBelow {
  MountSet mounts;
  // A filesystem is seen at two places of the tree, so a folder may be, too.
  bool is_bound = false;
};
MountsBelow parse_mounts(std::string_view table, const std::string& root);

class MountTable {
 public:
  // `root`: the folder's real path.
  explicit MountTable(std::string root);
  // The folders where something was mounted or unmounted since the last call.
  std::vector<std::string> changed();
  // Where anything is mounted; as of the last call of changed(), as what follows.
  std::vector<std::string> all() const;
  // See MountsBelow.
  bool is_bound() const { return known_.is_bound; }

 private:
  const std::string root_;
  MountsBelow known_;
};

}  // namespace vcs::agent::watch

#endif
