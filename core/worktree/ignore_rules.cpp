// SPDX-License-Identifier: Apache-2.0
// Asks the rules of a folder and then those of its parents, the deepest first.
#include "core/worktree/ignore_rules.hpp"

#include <algorithm>
#include <utility>

#include "core/worktree/builtin_ignores.hpp"

namespace vcs::worktree {

std::shared_ptr<const IgnoreRules> IgnoreRules::root(
    std::shared_ptr<const IgnorePatterns> configured) {
  static const auto kBuiltin = IgnorePatterns::parse(builtin_ignore_patterns());
  const auto rules = std::make_shared<IgnoreRules>();
  rules->own_ = kBuiltin;
  rules->is_builtin_ = true;
  return inside(rules, "", std::move(configured));
}

std::shared_ptr<const IgnoreRules> IgnoreRules::inside(std::shared_ptr<const IgnoreRules> parent,
                                                       std::string folder,
                                                       std::shared_ptr<const IgnorePatterns> own) {
  if (!own || own->empty()) return parent;
  const auto rules = std::make_shared<IgnoreRules>();
  rules->parent_ = std::move(parent);
  rules->folder_ = std::move(folder);
  rules->own_ = std::move(own);
  return rules;
}

IgnoreRules::Ruling IgnoreRules::rule(std::string_view path, bool is_directory) const {
  for (const IgnoreRules* rules = this; rules; rules = rules->parent_.get()) {
    const std::size_t above = rules->folder_.empty() ? 0 : rules->folder_.size() + 1;
    const auto verdict =
        rules->own_->match(path.substr(std::min(above, path.size())), is_directory);
    if (verdict == IgnorePatterns::Verdict::none) continue;
    if (verdict == IgnorePatterns::Verdict::include) return Ruling::keep;
    if (!rules->is_builtin_) return Ruling::ignore;
    return is_directory ? Ruling::keep : Ruling::builtin;
  }
  return Ruling::keep;
}

}  // namespace vcs::worktree
