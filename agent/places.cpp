// SPDX-License-Identifier: Apache-2.0
// A place is a path within a filesystem: two mounts of one folder are one place. On a system
// without a table of mounts, it compares device and inode of each folder on the way up.
#include "agent/places.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include "agent/watch/mount_table.hpp"
#include "core/remote/registry/remote_registry.hpp"

namespace vcs::agent {
namespace {

// Where people and desktops mount disks.
constexpr std::array kMountFolders{"/mnt/", "/media/", "/run/media/", "/Volumes/"};

std::string join(std::string_view folder, std::string_view rest) {
  std::string path(folder == "/" ? "" : folder);
  if (!rest.empty() && !rest.starts_with('/')) path += '/';
  path += rest;
  return path.empty() ? "/" : path;
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

// The real path. If `path` does not exist yet, the real path of its existing part, and the rest.
std::string real_path(base::FileSystem& filesystem, const std::string& path) {
  std::string there = path, rest;
  for (;;) {
    if (const auto real = filesystem.canonical(there)) return join(*real, rest);
    if (there == "/") return path;
    const std::string parent = parent_of(there);
    rest = there.substr(parent == "/" ? 0 : parent.size()) + rest;
    there = parent;
  }
}

std::vector<MountPoint> mount_points() {
  std::ifstream file("/proc/self/mountinfo");
  const std::string table{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return parse_mount_points(table);
}

// Finds whether one folder lies within another.
class Ground {
 public:
  explicit Ground(base::FileSystem& filesystem)
      : filesystem_(filesystem), mounts_(mount_points()) {}

  std::string real(const std::string& path) const { return real_path(filesystem_, path); }

  // Whether `inner` is visible below `outer`, at whatever depth. Both are real paths.
  bool holds(const std::string& outer, const std::string& inner) const {
    if (lies_in(inner, outer)) return true;
    const Spot spot = spot_of(inner);
    if (within(spot, spot_of(outer))) return true;
    // Other filesystems, or other parts of this one, may be mounted below.
    for (const MountPoint& mount : mounts_)
      if (mount.at != outer && lies_in(mount.at, outer) && within(spot, {mount.device, mount.top}))
        return true;
    return mounts_.empty() && is_above(outer, inner);
  }

 private:
  struct Spot {
    std::string device, path;
  };
  static bool within(const Spot& inner, const Spot& outer) {
    return inner.device == outer.device && lies_in(inner.path, outer.path);
  }

  Spot spot_of(const std::string& path) const {
    const MountPoint* best = nullptr;
    // If a folder has several mounts, only the last one is visible.
    for (const MountPoint& mount : mounts_)
      if (lies_in(path, mount.at) && (best == nullptr || mount.at.size() >= best->at.size()))
        best = &mount;
    if (best == nullptr) return {"", path};
    return {best->device,
            join(best->top, std::string_view(path).substr(best->at == "/" ? 0 : best->at.size()))};
  }

  bool is_above(const std::string& outer, const std::string& inner) const {
    const auto top = filesystem_.stat(outer);
    if (!top) return false;
    for (std::string at = inner;; at = parent_of(at)) {
      const auto here = filesystem_.stat(at);
      if (here && here->device == top->device && here->inode == top->inode) return true;
      if (at == "/") return false;
    }
  }

  base::FileSystem& filesystem_;
  const std::vector<MountPoint> mounts_;
};

Result<void> must_be_apart(const Ground& ground, const std::string& folder, const Place& place,
                           const std::string& there) {
  if (ground.holds(there, folder))
    return fail(ErrorCode::invalid, "{} belongs to {} ({}); it cannot be watched", folder,
                place.what, there);
  if (ground.holds(folder, there))
    return fail(ErrorCode::invalid,
                "{} contains {} ({}), which must not be watched; watch a folder inside it, or "
                "move that elsewhere",
                folder, place.what, there);
  return {};
}

}  // namespace

bool lies_in(std::string_view path, std::string_view folder) {
  if (folder == "/") return true;
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

std::vector<MountPoint> parse_mount_points(std::string_view table) {
  std::vector<MountPoint> mounts;
#ifdef __linux__
  while (!table.empty()) {
    const std::size_t end = std::min(table.find('\n'), table.size());
    std::string_view line = table.substr(0, end);
    table.remove_prefix(std::min(end + 1, table.size()));
    watch::take_field(line), watch::take_field(line);  // the mount's id, its parent's id
    MountPoint mount;
    mount.device = watch::take_field(line);
    mount.top = watch::unescaped(watch::take_field(line));
    mount.at = watch::unescaped(watch::take_field(line));
    if (mount.at.starts_with('/') && mount.top.starts_with('/')) mounts.push_back(mount);
  }
#else
  (void)table;
#endif
  return mounts;
}

Result<void> Places::check_watched(base::FileSystem& filesystem, const std::string& folder) const {
  const Ground ground(filesystem);
  const std::string real = ground.real(folder);
  for (const Place& place : own)
    VCS_TRY(must_be_apart(ground, real, place, ground.real(place.path)));
  for (const Place& place : remotes) VCS_TRY(must_be_apart(ground, real, place, place.path));
  return {};
}

Result<void> must_not_overlap(const std::string& folder, const Place& watched) {
  const char* how = folder == watched.path          ? "is"
                    : lies_in(folder, watched.path) ? "lies inside"
                    : lies_in(watched.path, folder) ? "contains"
                                                    : nullptr;
  if (how == nullptr) return {};
  return fail(ErrorCode::invalid, "{} {} {}, which is watched already as {}", folder, how,
              watched.path, watched.what);
}

Result<void> Places::check_unwatched(base::FileSystem& filesystem,
                                     const std::string& folder) const {
  const std::string real = real_path(filesystem, folder);
  for (const Place& place : watched) VCS_TRY(must_not_overlap(real, place));
  return {};
}

Result<std::string> Places::check_remote(base::FileSystem& filesystem, const Place& place) const {
  const Ground ground(filesystem);
  const std::string real = ground.real(place.path);
  for (const Place& mine : own)
    if (ground.holds(ground.real(mine.path), real))
      return fail(ErrorCode::invalid, "{} lies inside {} ({}); choose a folder of its own", real,
                  mine.what, mine.path);
  for (const Place& folder : watched) {
    const char* how = ground.holds(folder.path, real)   ? "lies inside"
                      : ground.holds(real, folder.path) ? "contains"
                                                        : nullptr;
    if (how == nullptr) continue;
    return fail(ErrorCode::invalid,
                "{} {} {}, which is watched as {}: each copy would be a save, and each save "
                "copied again; choose a folder outside of it, best on another disk",
                real, how, folder.path, folder.what);
  }
  return real;
}

Result<std::string> Places::check_target(base::FileSystem& filesystem,
                                         const std::string& target) const {
  const Ground ground(filesystem);
  const std::string real = ground.real(target);
  const auto check = [&](const Place& place, const std::string& there) -> Result<void> {
    if (!ground.holds(there, real)) return {};
    return fail(ErrorCode::invalid, "{} belongs to {} ({}); choose another folder", real,
                place.what, there);
  };
  for (const Place& place : own) VCS_TRY(check(place, ground.real(place.path)));
  for (const Place& place : remotes) VCS_TRY(check(place, place.path));
  return real;
}

std::vector<Place> own_places(const config::Paths& paths, const std::string& socket) {
  const char* own = "the agent's own data";
  std::vector<Place> places{{paths.data, own},
                            {paths.repositories, own},
                            {paths.logs, "the agent's own log"},
                            {socket, "the agent's own socket"}};
  std::erase_if(places, [](const Place& place) { return place.path.empty(); });  // not configured
  return places;
}

std::string folder_of_remote(const std::string& url) {
  const auto parsed = remote::registry::parse_remote_url(url);
  return parsed && parsed->scheme == "file" ? parsed->path : std::string();
}

Result<void> check_new_folder(base::FileSystem& filesystem, const std::string& path) {
  if (filesystem.stat(path)) return {};
  const std::string parent = parent_of(path);
  const auto there = filesystem.stat(parent);
  if (!there)
    return fail(ErrorCode::invalid, "{} is not there; attach its disk, or make that folder first",
                parent);
  const auto root = filesystem.stat("/");
  const std::string real = real_path(filesystem, path);
  const bool is_for_disks =
      std::any_of(kMountFolders.begin(), kMountFolders.end(),
                  [&](const char* folder) { return real.starts_with(folder); });
  if (is_for_disks && root && there->device == root->device)
    return fail(ErrorCode::invalid,
                "no disk is mounted where {} would be made; attach it, or make the folder "
                "yourself if the copies shall lie on the system's own disk",
                real);
  return {};
}

}  // namespace vcs::agent
