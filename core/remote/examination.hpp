// SPDX-License-Identifier: Apache-2.0
// What a store is, as far as it can be found out by asking and by trying.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/clock.hpp"

namespace vcs::remote {

// Proved by trying, never taken from a version.
struct Capability {
  std::string what;  // for people: "renames that never replace"
  bool works = false;
};

struct Examination {
  std::string engine;  // identity and version: "a folder on ext4"
  // The store's clock minus ours. Nothing: the store has none, or it could not be asked.
  std::optional<base::Nanos> clock_difference{};
  std::vector<Capability> capabilities{};
  std::vector<std::string> warnings{};  // sentences
  std::optional<std::uint64_t> free_bytes{};
};

}  // namespace vcs::remote
