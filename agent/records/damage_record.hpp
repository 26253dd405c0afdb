// SPDX-License-Identifier: Apache-2.0
// What the last verification of a history has found, kept over any end of the agent: damage in old
// saves is in no file that anybody opens, so nobody else would tell of it again.
#pragma once

#include <string>

#include "core/base/clock.hpp"
#include "core/base/filesystem.hpp"

namespace vcs::agent::records {

inline constexpr const char* kDamageName = "damage";  // in the repository's folder

// The end of a verification, or of a repair.
struct Verified {
  std::uint64_t errors = 0;
  bool read_data = false;  // every byte was read
  bool given_up = false;   // a person does not wait for what is lost any more
};

struct DamageRecord {
  base::UnixNanos found{};
  std::uint64_t errors = 0;    // 0: nothing is to be told
  std::uint64_t given_up = 0;  // as many are known and no news
  bool read_data = false;      // it was found by reading every byte: no less proves it gone
  bool operator==(const DamageRecord&) const = default;

  // What is to be remembered after another look.
  DamageRecord after(const Verified& verified, base::UnixNanos now) const;
  // A sentence; "" where there is nothing to tell.
  std::string text() const;
};

// Of a repository's folder. Without a file it is an empty one; `corrupt` if it cannot be read.
Result<DamageRecord> read_damage_record(base::Directory& repository);
// Durable.
Result<void> write_damage_record(base::Directory& repository, const DamageRecord& record);

}  // namespace vcs::agent::records
