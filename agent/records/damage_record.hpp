// SPDX-License-Identifier: Apache-2.0
// The result of the last verification of a history, kept after any end of the agent: nothing else
// reads old saves, so nothing else would find their damage again.
#pragma once

#include <string>

#include "core/base/clock.hpp"
#include "core/base/filesystem.hpp"

namespace vcs::agent::records {

inline constexpr const char* kDamageName = "damage";  // in the repository's folder

// The result of a verification, or of a repair.
struct Verified {
  std::uint64_t errors = 0;
  bool read_data = false;  // every byte was read
  bool given_up = false;   // a person has given up the lost objects
};

struct DamageRecord {
  base::UnixNanos found{};
  std::uint64_t errors = 0;    // 0: status shows no damage
  std::uint64_t given_up = 0;  // so many errors are known and given up; they are not shown again
  bool read_data = false;      // every byte was read: only reading every byte proves it gone
  bool operator==(const DamageRecord&) const = default;

  // The record to keep after another verification.
  DamageRecord after(const Verified& verified, base::UnixNanos now) const;
  // The damage as a sentence; "" if there is none.
  std::string text() const;
};

// Reads the record in a repository's folder. Without a file it is empty; `corrupt` if the file
// cannot be understood.
Result<DamageRecord> read_damage_record(base::Directory& repository);
// Durable when it returns.
Result<void> write_damage_record(base::Directory& repository, const DamageRecord& record);

}  // namespace vcs::agent::records
