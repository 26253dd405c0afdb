// SPDX-License-Identifier: Apache-2.0
// Keeps on disk which folders below the root have another filesystem mounted on them. An unmounted
// disk leaves an empty folder behind, and a save must not take this for the deletion of all its
// files. docs/format/mounts.md
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/filesystem.hpp"
#include "core/base/log.hpp"
#include "core/base/result.hpp"

namespace vcs::index {

inline constexpr const char* kMountsName = "mounts";

struct FolderIdentity {
  std::uint64_t device = 0, inode = 0;
  bool operator==(const FolderIdentity&) const = default;
};

struct Mount {
  FolderIdentity here;      // the top folder of the filesystem that was saved
  FolderIdentity stranger;  // the folder found in its place; all zero: `here` is there
  bool is_away() const { return stranger != FolderIdentity{}; }
  bool operator==(const Mount&) const = default;
};
using Mounts = std::map<std::string, Mount>;  // by path

// A change of a mount that a scan has found.
struct MountSighting {
  std::string path;
  std::optional<Mount> mount;  // nothing: now an ordinary folder
};

Bytes encode_mounts(const Mounts& mounts);
// `corrupt`, or `unsupported` if a newer program wrote it.
Result<Mounts> decode_mounts(ByteView bytes);

// Reads the mounts of a repository. A missing or damaged file gives none: the next scan finds the
// mounts again.
Mounts read_mounts(base::Directory& repository, const base::Log& log);
// Writes the mounts of a repository durably.
Result<void> write_mounts(base::Directory& repository, const Mounts& mounts);

// True if `path` is a mount or below one.
bool is_mounted_at_or_above(const Mounts& mounts, const std::string& path);

}  // namespace vcs::index
