// SPDX-License-Identifier: Apache-2.0
// Decides which paths saves leave out: by built-in rules, patterns from the configuration, and
// .vcsignore files in the worktree (gitignore syntax; .gitignore too when honoured). The semantics
// are git's: the last match wins, deeper files win over shallower ones, '!' includes again, a
// trailing '/' matches folders only, nothing below an ignored folder can be included again.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/worktree/ignore_patterns.hpp"

namespace vcs::worktree {

// The rules that hold inside one folder: a chain from the root down. Immutable; shared;
// thread-safe.
class IgnoreRules {
 public:
  // The root's: built-in and configured patterns.
  static std::shared_ptr<const IgnoreRules> root(std::shared_ptr<const IgnorePatterns> configured);
  // The rules inside `folder` (worktree path, "" for the root) which has these patterns of its own
  // (may be null).
  static std::shared_ptr<const IgnoreRules> inside(std::shared_ptr<const IgnoreRules> parent,
                                                   std::string folder,
                                                   std::shared_ptr<const IgnorePatterns> own);
  enum class Ruling {
    keep,
    ignore,  // a person's pattern says so
    builtin  // a file with a built-in name; is_builtin_ignored() decides
  };
  // `path` is a worktree path of a direct child of this folder whose parents are not ignored.
  Ruling rule(std::string_view path, bool is_directory) const;
  bool ignores(std::string_view path, bool is_directory) const {
    return rule(path, is_directory) == Ruling::ignore;
  }

 private:
  std::shared_ptr<const IgnoreRules> parent_;
  std::string folder_;
  std::shared_ptr<const IgnorePatterns> own_;
  bool is_builtin_ = false;
};

}  // namespace vcs::worktree
