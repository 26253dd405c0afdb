// SPDX-License-Identifier: Apache-2.0
// Recognises heads by the layout of a remote: refs/<16 hex>/head.
#include "agent/watch/echoes.hpp"

#include "core/remote/layout/remote_layout.hpp"

namespace vcs::agent::watch {
namespace {

constexpr std::size_t kMostKept = 256;
constexpr std::size_t kNameLength = std::string_view("refs/0123456789abcdef/head").size();

}  // namespace

void Echoes::hear(const std::string& worktree, std::string_view path, base::SteadyNanos now) {
  if (!path.ends_with("/head") || path.size() < kNameLength) return;
  if (!remote::layout::parse_ref_name(path.substr(path.size() - kNameLength))) return;
  if (heard_.size() == kMostKept) heard_.pop_front();
  heard_.push_back({worktree, std::string(path), now});
}

std::vector<Echo> Echoes::since(base::SteadyNanos time) const {
  std::vector<Echo> echoes;
  for (const Echo& echo : heard_)
    if (echo.heard >= time) echoes.push_back(echo);
  return echoes;
}

}  // namespace vcs::agent::watch
