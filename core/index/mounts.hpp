// SPDX-License-Identifier: Apache-2.0
// The folders below the root that other filesystems are mounted on, remembered beyond the process:
// an unmounted disk leaves an empty folder behind, which must not look like the deletion of all
// that was on it. docs/format/mounts.md
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
  FolderIdentity here;      // the top of the filesystem that was captured
  FolderIdentity stranger;  // what is found in its place; all zero: it is there itself
  bool is_away() const { return stranger != FolderIdentity{}; }
  bool operator==(const Mount&) const = default;
};
using Mounts = std::map<std::string, Mount>;  // by path

// What a look at the disk showed of a mount that is not what was known of it.
struct MountSighting {
  std::string path;
  std::optional<Mount> mount;  // nothing: an ordinary folder
};

Bytes encode_mounts(const Mounts& mounts);
// `corrupt`, or `unsupported` if a newer program wrote it.
Result<Mounts> decode_mounts(ByteView bytes);

// Of a repository's folder. What is missing or damaged reads as none: what is mounted is seen
// again.
Mounts read_mounts(base::Directory& repository, const base::Log& log);
// Durable.
Result<void> write_mounts(base::Directory& repository, const Mounts& mounts);

// True if `path` is one of them or below one.
bool is_mounted_at_or_above(const Mounts& mounts, const std::string& path);

}  // namespace vcs::index
