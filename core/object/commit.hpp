// SPDX-License-Identifier: Apache-2.0
// A commit: one save of a repository, as the store has it. docs/format/commit.md
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/clock.hpp"
#include "core/object/tree_node.hpp"

namespace vcs::object {

enum class CommitKind : std::uint8_t { automatic = 1, manual = 2 };

// The decoder refuses longer ones as `corrupt`; the encoder asserts that there are none.
constexpr std::size_t kMaxMessageBytes = 64 * 1024;
constexpr std::size_t kMaxDeviceBytes = 64;

struct ChangeCounts {
  std::uint64_t added = 0, modified = 0, deleted = 0;  // entries of every type
  bool operator==(const ChangeCounts&) const = default;
};

struct Commit {
  std::optional<ObjectId> parent;  // none: the first of its repository
  ObjectId tree;                   // root tree node; all zero: an empty tree
  // The top folder itself: mode, owner, time and attributes. None: a commit of version 1.
  std::optional<TreeEntry> root;
  base::UnixNanos time{};
  std::uint64_t sequence = 0;  // 1 for the first, parent's + 1
  CommitKind kind = CommitKind::automatic;
  std::string message;         // UTF-8, may be empty
  std::string device;          // 16 hexadecimal digits
  ChangeCounts changed;        // against the parent
  std::uint64_t unstable = 0;  // files that were saved while a program was writing them
  bool operator==(const Commit&) const = default;
};

Bytes encode_commit(const Commit& commit);
Result<Commit> decode_commit(ByteView bytes);

}  // namespace vcs::object
