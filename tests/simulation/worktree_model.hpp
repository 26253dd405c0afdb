// What a person has in the worktree, what was there when, and which of it the agent owes.
//
// A state of a path (its type, mode, and content or target, or its absence) that lasts longer than
// the agent may take must be in the head. A commit must hold nothing that never was there.
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

// The text is given apart, because it is mostly known already.
struct Captured {
  Shown shown;
  bool unstable = false;
};
using Capture = std::map<std::string, Captured>;

class WorktreeModel {
 public:
  // Looks at the worktree as it is now. Paths in `being_written` owe nothing yet.
  void look(const SimulatedDisk& disk, const std::string& worktree, base::SteadyNanos now,
            const std::set<std::string>& being_written);
  // The head is a commit with these entries. A sentence if it has what it must not.
  std::optional<std::string> committed(Capture capture);
  // How the head differs from the worktree as last looked at, in what is there since `since` or
  // longer; nothing: not at all.
  std::optional<std::string> difference(base::SteadyNanos since) const;

  std::vector<std::string> paths(base::FileType type) const;
  bool exists(const std::string& path) const;
  std::size_t size() const { return paths_.size(); }
  std::uint64_t versions() const { return versions_; }

 private:
  struct Version {
    std::optional<Shown> shown;  // nothing: absent
    base::SteadyNanos since = 0;
    bool being_written = false;
  };
  void changed(const std::string& path, std::optional<Shown> shown, base::SteadyNanos now);

  std::map<std::string, Version> paths_;  // those that are absent until the head has them no more
  Capture head_;
  std::map<std::string, std::vector<Shown>> ever_;
  std::uint64_t versions_ = 0;
};

}  // namespace vcs::test
