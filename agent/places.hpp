// SPDX-License-Identifier: Apache-2.0
// Where the agent writes, and what it watches: neither may lie in the other, by whatever path, link
// or mount. Else each save would be followed by the next, without end.
//
// Made on the loop, asked in the background: every question looks at the disk.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/paths.hpp"
#include "core/base/filesystem.hpp"

namespace vcs::agent {

// A line of the system's table of mounts.
struct MountPoint {
  std::string at;      // where it is seen
  std::string device;  // of the filesystem, "8:1"
  std::string top;     // which folder of the filesystem is seen there
  bool operator==(const MountPoint&) const = default;
};
std::vector<MountPoint> parse_mount_points(std::string_view table);

// True if `path` is `folder` or lies below it. Both are absolute.
bool lies_in(std::string_view path, std::string_view folder);

struct Place {
  std::string path;  // absolute; need not be there now
  std::string what;  // "the agent's own data", "remote disk of notes"; of a watched one its name
};

// Remotes and watched folders are taken as they are, without a look at their disks, which may hang.
struct Places {
  std::vector<Place> own, remotes, watched;

  // May `folder` be watched? `invalid` says what lies in it, or around it, and what to do.
  Result<void> check_watched(base::FileSystem& filesystem, const std::string& folder) const;
  // May a folder, which need not be there, be watched beside those that are?
  Result<void> check_unwatched(base::FileSystem& filesystem, const std::string& folder) const;
  // May the agent copy to `place`, again and again? Gives its real path.
  Result<std::string> check_remote(base::FileSystem& filesystem, const Place& place) const;
  // May files be put below `target`, once? Not where the agent keeps its own. Gives its real path.
  Result<std::string> check_target(base::FileSystem& filesystem, const std::string& target) const;
};

// `folder`, as the system knows it, may be watched beside `watched`: neither lies in the other.
Result<void> must_not_overlap(const std::string& folder, const Place& watched);

// What the agent writes for itself: data, repositories, logs, socket.
std::vector<Place> own_places(const config::Paths& paths, const std::string& socket);

// The place of a remote that is a folder; empty for any other.
std::string folder_of_remote(const std::string& url);

// A folder is about to be made at `path`. `invalid` where its parent is missing, or where disks are
// mounted and none is: it would lie somewhere else than its owner thinks.
Result<void> check_new_folder(base::FileSystem& filesystem, const std::string& path);

}  // namespace vcs::agent
