// SPDX-License-Identifier: Apache-2.0
// Reads .vcsignore and .gitignore from disk.
#include "core/worktree/ignore_files.hpp"

namespace vcs::worktree {
namespace {

constexpr std::uint64_t kLargestIgnoreFile = 1u << 20;

}  // namespace

Result<std::shared_ptr<const IgnoreRules>> rules_inside(std::shared_ptr<const IgnoreRules> parent,
                                                        const std::string& path,
                                                        base::Directory& directory,
                                                        bool honor_gitignore) {
  std::string text;
  const auto add = [&](const char* name) -> Result<void> {
    auto bytes = base::read_file(directory, name, kLargestIgnoreFile);
    if (bytes)
      text.append(base::as_text(*bytes)).append("\n");
    else if (bytes.error().code == ErrorCode::io || bytes.error().code == ErrorCode::unavailable)
      return Failure(std::move(bytes).error());
    return {};
  };
  if (honor_gitignore) VCS_TRY(add(".gitignore"));
  VCS_TRY(add(".vcsignore"));  // later lines win
  if (text.empty()) return parent;
  return IgnoreRules::inside(std::move(parent), path, IgnorePatterns::parse(text));
}

}  // namespace vcs::worktree
