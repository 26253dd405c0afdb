// SPDX-License-Identifier: Apache-2.0
// The filesystems that are mounted below a folder, read from the system's table of mounts.
//
// No event reports a mount on a watched folder, nor an unmount of a disk that is mounted elsewhere,
// too. One thread at a time.
#pragma once
#ifdef __linux__

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vcs::agent::watch {

// Parse a line of the table: take_field() removes its next field, unescaped() decodes a field. The
// table writes spaces, tabs, line ends and backslashes as three octal digits.
std::string_view take_field(std::string_view& line);
std::string unescaped(std::string_view text);

// The mounts below `root`: the path relative to it, and a text that differs for each mount.
using MountSet = std::set<std::pair<std::string, std::string>>;
struct MountsBelow {
  MountSet mounts;
  // Some filesystem is at two places of the tree, so a folder may be at two places, too.
  bool is_bound = false;
};
MountsBelow parse_mounts(std::string_view table, const std::string& root);

class MountTable {
 public:
  // `root`: the folder's real path.
  explicit MountTable(std::string root);
  // The folders where something was mounted or unmounted since the last call.
  std::vector<std::string> changed();
  // The folders where anything is mounted. This and is_bound() are as of the last changed().
  std::vector<std::string> all() const;
  // See MountsBelow.
  bool is_bound() const { return known_.is_bound; }

 private:
  const std::string root_;
  MountsBelow known_;
};

}  // namespace vcs::agent::watch

#endif
