// SPDX-License-Identifier: Apache-2.0
// Finds changes between two commits that deserve an alarm, because accidents and ransomware make
// them and people rarely do: many files deleted, or rewritten with content that looks encrypted.
// docs/decisions/alarm.md
//
// An alarm refuses nothing: the history has everything. Costs the comparison of the trees and the
// reading of about a hundred small samples. From any thread.
#pragma once

#include <cstdint>

#include "core/object/object_id.hpp"

namespace vcs::history {

class Repository;

struct MassChange {
  enum class Kind { none, deletion, encryption };

  // Fewer files never raise an alarm.
  static constexpr std::uint64_t kLeastFiles = 50;
  // So many deleted files raise an alarm even if they are a small part of the tree.
  static constexpr std::uint64_t kManyFiles = 1000;

  Kind kind = Kind::none;
  std::uint64_t deleted = 0;    // files that are gone, and were not moved
  std::uint64_t rewritten = 0;  // files that look encrypted now and did not; an estimate when many
  object::ObjectId last_good;   // the newest commit before the first of these changes
};

// Deletions count from kLeastFiles files on if they are half of the tree, or from kManyFiles on.
// They leave out files that were moved, files in folders that programs make and remove (build,
// node_modules …), and files that git removed when it switched to another commit. Rewrites count
// from kLeastFiles on, whether a file kept its name or got another suffix.
//
// `before` and `after` are commits, the first an ancestor of the second or the same.
Result<MassChange> examine_mass_change(Repository& repository, const object::ObjectId& before,
                                       const object::ObjectId& after);

}  // namespace vcs::history
