// SPDX-License-Identifier: Apache-2.0
// All settings, as the agent and the command line use them: plain values, already checked.
//
// The initialisers below are the only place of the defaults. option_table.cpp has the meaning of
// each field, its bounds and its name in the file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/log.hpp"
#include "core/base/names.hpp"

namespace vcs::config {

inline constexpr base::Nanos kMillisecond{1'000'000};
inline constexpr base::Nanos kSecond = 1000 * kMillisecond;
inline constexpr base::Nanos kMinute = 60 * kSecond;
inline constexpr base::Nanos kHour = 60 * kMinute;
inline constexpr base::Nanos kDay = 24 * kHour;
inline constexpr std::uint64_t kKiB = 1024, kMiB = 1024 * kKiB, kGiB = 1024 * kMiB;

struct WatchSettings {
  base::Nanos settle_quiet = 500 * kMillisecond;
  base::Nanos settle_latest = 5 * kSecond;
  base::Nanos delete_delay = 1 * kSecond;
  base::Nanos unstable_interval = 1 * kMinute;
  std::vector<std::string> ignore;
  bool honor_gitignore = false;
  base::Nanos poll_interval = 30 * kSecond;
  base::Nanos audit_interval = 6 * kHour;  // 0: never
  std::uint64_t max_file_size = 0;         // bytes; 0: no limit
  std::int64_t watch_limit_share = 80;     // percent of the system's limit
  bool operator==(const WatchSettings&) const = default;
};

// The library that computes SHA-256; `fastest` is "auto" for a person.
enum class HashChoice { fastest, libsodium, openssl };
constexpr auto names_of(HashChoice) {
  using enum HashChoice;
  return base::names<HashChoice>(
      {{fastest, "auto"}, {libsodium, "libsodium"}, {openssl, "openssl"}});
}

// When closed packs are merged and compressed anew.
enum class Recompress { idle, off };
constexpr auto names_of(Recompress) {
  using enum Recompress;
  return base::names<Recompress>({{idle, "idle"}, {off, "off"}});
}

struct CoreSettings {
  std::uint64_t chunk_average = 128 * kKiB;  // bytes, a power of two
  std::int64_t zstd_level = 2;
  HashChoice hash_provider = HashChoice::fastest;
  std::int64_t workers = 0;                 // threads; 0: as measured, from one per core on
  std::int64_t readers = 0;                 // threads; 0: as the disk asks for
  std::int64_t batch_files = 0;             // 0: as measured
  std::uint64_t memory_limit = 256 * kMiB;  // bytes
  std::uint64_t pack_size = 64 * kMiB;      // bytes
  Recompress recompress = Recompress::idle;
  std::int64_t recompress_level = 9;
  bool alarm = true;
  bool operator==(const CoreSettings&) const = default;
};

struct AgentSettings {
  base::LogLevel log_level = base::LogLevel::info;
  std::string socket;  // absolute path; "": Paths::socket
  std::int64_t max_clients = 1024;
  bool operator==(const AgentSettings&) const = default;
};

struct SyncSettings {
  base::Nanos interval = 5 * kSecond;
  std::uint64_t bandwidth_limit = 0;  // bytes a second; 0: no limit
  std::int64_t concurrency = 4;       // requests at once, per remote
  base::Nanos retry_longest = 15 * kMinute;
  base::Nanos behind_warning = 1 * kHour;
  bool operator==(const SyncSettings&) const = default;
};

struct Settings {
  WatchSettings watch;
  CoreSettings core;
  AgentSettings agent;
  SyncSettings sync;
  bool operator==(const Settings&) const = default;
};

// The settings of one repository with a section of its own: the common settings with its overrides.
struct RepositorySettings {
  std::string name;
  Settings settings;
};

}  // namespace vcs::config
