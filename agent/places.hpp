// SPDX-License-Identifier: Apache-2.0
// The folders that the agent writes, and the folders that it watches. Neither may lie in the other,
// by whatever path, link or mount: else each save would cause the next, without end.
//
// Made on the loop, used in the background: every check asks the disk.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/paths.hpp"
#include "core/base/filesystem.hpp"

namespace vcs::agent {

// A line of the system's table of mounts.
struct MountPoint {
  std::string at;      // the mount point
  std::string device;  // of the filesystem, "8:1"
  std::string top;     // the folder of the filesystem that is mounted there
  bool operator==(const MountPoint&) const = default;
};
std::vector<MountPoint> parse_mount_points(std::string_view table);

// True if `path` is `folder` or lies below it. Both are absolute.
bool lies_in(std::string_view path, std::string_view folder);

struct Place {
  std::string path;  // absolute; need not exist now
  std::string what;  // "the agent's own data", "remote disk of notes"; of a watched one its name
};

// Holds the paths of remotes and watched folders as given: it does not ask their disks, which may
// hang.
struct Places {
  std::vector<Place> own, remotes, watched;

  // Checks that `folder` may be watched. `invalid` says what lies in it, or around it, and what to
  // do.
  Result<void> check_watched(base::FileSystem& filesystem, const std::string& folder) const;
  // Checks that `folder`, which need not exist, neither lies in a watched folder nor holds one.
  Result<void> check_unwatched(base::FileSystem& filesystem, const std::string& folder) const;
  // Checks that the agent may copy to `place` after every save. Returns its real path.
  Result<std::string> check_remote(base::FileSystem& filesystem, const Place& place) const;
  // Checks that files may be written below `target` once: it is not in the agent's own folders.
  // Returns its real path.
  Result<std::string> check_target(base::FileSystem& filesystem, const std::string& target) const;
};

// `invalid` if one of `folder`, a real path, and `watched` lies in the other.
Result<void> must_not_overlap(const std::string& folder, const Place& watched);

// The places that the agent writes for itself: data, repositories, logs, socket.
std::vector<Place> own_places(const config::Paths& paths, const std::string& socket);

// The folder of a remote that is a folder; "" for any other remote.
std::string folder_of_remote(const std::string& url);

// Checks a folder that is about to be made at `path`. `invalid`: its parent is missing, or it would
// lie where disks are mounted while no disk is mounted there, so not where its owner expects it.
Result<void> check_new_folder(base::FileSystem& filesystem, const std::string& path);

}  // namespace vcs::agent
