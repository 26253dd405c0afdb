// SPDX-License-Identifier: Apache-2.0
// What happened between two commits that a person ought to be told of, because accidents and
// blackmailers do it and people rarely: many files deleted, or rewritten with content that looks
// encrypted. docs/decisions/brake.md
//
// Nothing is ever refused because of it: everything is in the history. Costs what differs between
// the commits, and the reading of a hundred small samples. From any thread.
#pragma once

#include <cstdint>

#include "core/object/object_id.hpp"

namespace vcs::history {

class Repository;

struct Upheaval {
  enum class Kind { none, deletion, encryption };

  // Fewer are nobody's business.
  static constexpr std::uint64_t kLeastFiles = 50;
  // So many are told even where they are a small part of all.
  static constexpr std::uint64_t kManyFiles = 1000;

  Kind kind = Kind::none;
  std::uint64_t deleted = 0;    // files that are gone, and were not moved
  std::uint64_t rewritten = 0;  // files that look encrypted and did not; an estimate when many
  object::ObjectId last_good;   // the newest commit in which none of it had happened
};

// A deletion counts from kLeastFiles files on that are half of the tree, or from kManyFiles on. Not
// counted are files that were moved, what lies in folders that programs make and remove (build,
// node_modules …), and what git took away by switching to another commit. Rewrites count from
// kLeastFiles on, whether a file kept its name, or got another suffix.
//
// `before` and `after` are commits, the first an ancestor of the second or the same.
Result<Upheaval> examine_upheaval(Repository& repository, const object::ObjectId& before,
                                  const object::ObjectId& after);

}  // namespace vcs::history
