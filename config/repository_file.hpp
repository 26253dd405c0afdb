// SPDX-License-Identifier: Apache-2.0
// repository.toml: what a repository knows about itself. Written by the agent, readable by people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/filesystem.hpp"
#include "core/base/names.hpp"
#include "core/base/result.hpp"

namespace vcs::config {

inline constexpr const char* kRepositoryFileName = "repository.toml";
inline constexpr const char* kRepositoryCopyName = "repository.copy.toml";
inline constexpr const char* kRepositoryDamagedName = "repository.damaged.toml";
// When the root was made, in a file of its own: older programs refuse keys that they do not know.
inline constexpr const char* kRootBornName = "root";
inline constexpr const char* kRepositoryRemovedName = "repository.removed.toml";

struct RemoteEntry {
  std::string name;
  std::string url;   // whole, with its secret: the file's mode is 0600
  bool push = true;  // false: only read from
  bool operator==(const RemoteEntry&) const = default;
};

// Tells the worktree's root from another folder or filesystem mounted in its place.
struct RootIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  base::UnixNanos born{};  // a number is given again; 0: not known
  bool operator==(const RootIdentity&) const = default;
  // As far as it is known.
  bool is(const RootIdentity& other) const {
    return device == other.device && inode == other.inode &&
           (born == other.born || born == base::UnixNanos{} || other.born == base::UnixNanos{});
  }
};

// The name under which this repository copies to its remotes, while it lives in one place. What is
// found elsewhere may be a copy, which must not use it.
struct DeviceEntry {
  std::string id;       // 16 hexadecimal digits, random
  std::string machine;  // a hash of its identity; empty where it has none
  std::string folder;   // of the repository's data, any bytes; empty: wherever it is found first
  std::string copy_of;  // the device whose history this one left; empty: it is no copy
  bool operator==(const DeviceEntry&) const = default;
};

// The chunker is fixed when the repository is made; a plain copy of its parameters.
struct ChunkerEntry {
  std::uint32_t algorithm = 1;
  std::uint32_t average = 128 * 1024;  // bytes
  std::uint64_t seed = 0;
  bool operator==(const ChunkerEntry&) const = default;
};

// Many files were deleted or encrypted, and nobody has said yet that it is well.
enum class AlarmReason { deletion, encryption };
constexpr auto names_of(AlarmReason) {
  using enum AlarmReason;
  return base::names<AlarmReason>({{deletion, "deletion"}, {encryption, "encryption"}});
}
struct BrakeEntry {
  AlarmReason reason = AlarmReason::deletion;
  base::UnixNanos since{};                   // when it was noticed
  std::string commit;                        // hexadecimal: the newest one from before
  std::uint64_t deleted = 0, rewritten = 0;  // files
  bool operator==(const BrakeEntry&) const = default;
};

struct RepositoryFile {
  std::string name;
  std::string id;        // hexadecimal
  std::string worktree;  // absolute path; any bytes
  base::UnixNanos created{};
  ChunkerEntry chunker;
  std::vector<RemoteEntry> remotes;
  std::vector<DeviceEntry> devices;  // one for each place where it has lived
  std::optional<RootIdentity> root;  // as last seen; nothing before the first look
  std::optional<BrakeEntry> brake;   // set until it is acknowledged
  bool operator==(const RepositoryFile&) const = default;
};

// `corrupt` with file_name and place if it is not one; `unsupported` if a newer program wrote it.
Result<RepositoryFile> parse_repository_file(std::string_view text, const std::string& file_name);
// `invalid` if a name, the id or a URL is not UTF-8, which TOML cannot hold.
Result<std::string> format_repository_file(const RepositoryFile& file);

// Of the repository's folder. Reading: not_found too. Writing is atomic and durable, and writes a
// copy beside it.
Result<RepositoryFile> read_repository_file(base::Directory& repository);
Result<void> write_repository_file(base::Directory& repository, const RepositoryFile& file);
// Makes a file that is damaged or lost anew from its copy; what was damaged is kept under a name of
// its own. not_found: the repository was removed, or never was one.
Result<RepositoryFile> recover_repository_file(base::Directory& repository);

}  // namespace vcs::config
