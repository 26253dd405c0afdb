// SPDX-License-Identifier: Apache-2.0
// The patterns of one ignore file: lines in gitignore syntax, the last match wins.
#pragma once

#include <memory>
#include <string_view>

namespace vcs::worktree {

// One file's patterns (or the configuration's), compiled. Immutable; thread-safe.
class IgnorePatterns {
 public:
  // Never fails: it drops a pattern that can match nothing, as git does. It skips lines longer than
  // 64 KiB and reads the first 100,000 lines.
  static std::shared_ptr<const IgnorePatterns> parse(std::string_view text);
  enum class Verdict { none, ignore, include };
  // `path` is relative to the folder that the patterns belong to.
  Verdict match(std::string_view path, bool is_directory) const;
  bool empty() const;
  ~IgnorePatterns();

 private:
  struct Compiled;
  IgnorePatterns();
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace vcs::worktree
