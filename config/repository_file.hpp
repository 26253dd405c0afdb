// SPDX-License-Identifier: Apache-2.0
// repository.toml: the description of one repository. The agent writes it, people can read it.
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
// This file holds the time when the root was made. It is not in repository.toml, because older
// programs refuse keys that they do not know.
inline constexpr const char* kRootBornName = "root";
inline constexpr const char* kRepositoryRemovedName = "repository.removed.toml";

struct RemoteEntry {
  std::string name;
  std::string url;   // with its secret, so the file's mode is 0600
  bool push = true;  // false: saves are only fetched from it
  bool operator==(const RemoteEntry&) const = default;
};

// Distinguishes the worktree's root from another folder or filesystem in its place.
struct RootIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  base::UnixNanos born{};  // because the system reuses inode numbers; 0: not known
  bool operator==(const RootIdentity&) const = default;
  // Whether both are the same folder, as far as `born` is known.
  bool is(const RootIdentity& other) const {
    return device == other.device && inode == other.inode &&
           (born == other.born || born == base::UnixNanos{} || other.born == base::UnixNanos{});
  }
};

// The name under which this repository copies to its remotes while its data stays in one place.
// Data found at another place may be a copy, which must not use this name.
struct DeviceEntry {
  std::string id;       // 16 hexadecimal digits, random
  std::string machine;  // a hash of the machine's identity; "" if it has none
  std::string folder;   // of the repository's data, any bytes; "": the first in which it is found
  std::string copy_of;  // the device whose history this device branched from; "": it is no copy
  bool operator==(const DeviceEntry&) const = default;
};

// The chunker's parameters. They are fixed when the repository is made.
struct ChunkerEntry {
  std::uint32_t algorithm = 1;
  std::uint32_t average = 128 * 1024;  // bytes
  std::uint64_t seed = 0;
  bool operator==(const ChunkerEntry&) const = default;
};

// Why the alarm rings.
enum class AlarmReason { deletion, encryption };
constexpr auto names_of(AlarmReason) {
  using enum AlarmReason;
  return base::names<AlarmReason>({{deletion, "deletion"}, {encryption, "encryption"}});
}
struct AlarmEntry {
  AlarmReason reason = AlarmReason::deletion;
  base::UnixNanos since{};                   // when the agent found the mass change
  std::string commit;                        // hexadecimal: the newest commit before it
  std::uint64_t deleted = 0, rewritten = 0;  // files
  bool operator==(const AlarmEntry&) const = default;
};

struct RepositoryFile {
  std::string name;
  std::string id;        // hexadecimal
  std::string worktree;  // absolute path; any bytes
  base::UnixNanos created{};
  ChunkerEntry chunker;
  std::vector<RemoteEntry> remotes;
  std::vector<DeviceEntry> devices;  // one for each place where its data has been
  std::optional<RootIdentity> root;  // as last seen; nullopt before the first check
  std::optional<AlarmEntry> alarm;   // set until a person clears the alarm
  bool operator==(const RepositoryFile&) const = default;
};

// `corrupt`, with file_name and place, if the text is no such file; `unsupported` if a newer
// program wrote it.
Result<RepositoryFile> parse_repository_file(std::string_view text, const std::string& file_name);
// `invalid` if a name, the id or a URL is not UTF-8, which TOML cannot hold.
Result<std::string> format_repository_file(const RepositoryFile& file);

// `repository`: the repository's folder. Reading fails also with not_found. Writing is atomic and
// durable, and also writes a copy of the file.
Result<RepositoryFile> read_repository_file(base::Directory& repository);
Result<void> write_repository_file(base::Directory& repository, const RepositoryFile& file);
// Restores a damaged or lost file from its copy, and keeps the damaged file under another name.
// not_found: the repository was removed, or never was one.
Result<RepositoryFile> recover_repository_file(base::Directory& repository);

}  // namespace vcs::config
