// SPDX-License-Identifier: Apache-2.0
// Models what the worktree holds, what it held when, and which of it the agent owes.
//
// The agent owes a write to a file with several names under all of them. But when the name that the
// write used goes before a scan, no event names the others: the model excuses those.
//
// A state of a path (its type, mode, and content or target, or its absence) that lasts longer than
// the agent may take must be in the head. A commit must hold nothing that never was there. (A file
// that is moved while a snapshot reads it may be in it with its state then, under its old name.)
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/filesystem.hpp"
#include "tests/support/simulated_disk.hpp"

namespace vcs::test {

struct Shown {
  base::FileType type = base::FileType::regular;
  std::uint32_t mode = 0;                   // not of a symlink
  std::shared_ptr<const std::string> text;  // a file's content, a symlink's target
  bool operator==(const Shown& other) const {
    return type == other.type && mode == other.mode && *text == *other.text;
  }
};
std::string describe(const Shown& shown);

// What a commit has at one path.
struct Captured {
  Shown shown;
  bool unstable = false;
};
using Capture = std::map<std::string, Captured>;

class WorktreeModel {
 public:
  // Reads the worktree as it is now. The agent owes nothing yet for paths in `being_written`.
  void look(const SimulatedDisk& disk, const std::string& worktree, base::SteadyNanos now,
            const std::set<std::string>& being_written);
  // The head is now a commit with these entries. Gives a sentence if it has what it must not.
  std::optional<std::string> committed(Capture capture, base::SteadyNanos now);
  // How the head differs from the worktree as last read, in states that began at `since` or before;
  // nothing: not at all. `excuses_count`: leaves out excused paths.
  std::optional<std::string> difference(base::SteadyNanos since, bool excuses_count = true) const;
  // The last time at which the head lacked an excused state.
  base::SteadyNanos last_excuse() const { return last_excuse_; }

  std::vector<std::string> paths(base::FileType type) const;
  bool exists(const std::string& path) const;
  std::size_t size() const { return paths_.size(); }
  std::uint64_t versions() const { return versions_; }

 private:
  struct Version {
    std::optional<Shown> shown;  // nothing: absent
    base::SteadyNanos since{};
    bool being_written = false;
    std::uint64_t inode = 0;
    bool excused = false;
  };
  bool ever_was(const std::string& path, const Shown& shown) const;
  bool was_read_while_moved(const std::string& path, const Shown& shown) const;
  bool was_read_in_a_moved_folder(const std::string& path, const Shown& shown) const;
  bool is_in_head(const std::string& path, const Version& version) const;
  // In the head and not marked unstable: only an event makes the agent remove that mark, too.
  bool is_at_rest_in_head(const std::string& path, const Version& version) const;
  bool is_being_written(std::uint64_t inode) const;
  void excuse_names_of(std::uint64_t inode);
  void look_for_excuses(base::SteadyNanos now);
  void changed(const std::string& path, std::optional<Shown> shown, base::SteadyNanos now);

  std::map<std::string, Version> paths_;  // an absent path stays until the head lacks it, too
  Capture head_;
  std::map<std::string, std::vector<Shown>> ever_;
  std::set<std::string> folders_gone_;  // were removed or moved once
  // All states that an inode ever had, under any name; and all inodes that a path ever led to.
  std::map<std::uint64_t, std::vector<Shown>> ever_of_inode_;
  std::map<std::string, std::set<std::uint64_t>> inodes_;
  std::uint64_t versions_ = 0;
  std::set<std::uint64_t> untold_;  // inodes being written by a name that may be gone
  base::SteadyNanos last_excuse_{};
};

}  // namespace vcs::test
