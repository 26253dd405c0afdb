// SPDX-License-Identifier: Apache-2.0
// One multimap, and a count kept in step with it.
#include "agent/watch/inotify_routes.hpp"

namespace vcs::agent::watch {

bool InotifyRoutes::is_counted(int descriptor) const {
  bool counted = false;
  visit(descriptor, [&](const Member& member) { counted |= member.counted; });
  return counted;
}

bool InotifyRoutes::join(int descriptor, const Member& member) {
  const bool was_counted = is_counted(descriptor);
  if (member.counted && !was_counted) ++counted_;
  const auto [first, last] = members_.equal_range(descriptor);
  for (auto at = first; at != last; ++at) {
    Member& known = at->second;
    if (known.client != member.client) continue;
    known.mask |= member.mask;
    const bool newly = member.counted && !known.counted;
    known.counted |= member.counted;
    return newly;
  }
  members_.emplace(descriptor, member);
  return member.counted;
}

InotifyRoutes::Left InotifyRoutes::leave(int descriptor, const InotifyClient& client) {
  const auto [first, last] = members_.equal_range(descriptor);
  for (auto at = first; at != last; ++at) {
    if (at->second.client != &client) continue;
    const bool counted = at->second.counted;
    members_.erase(at);
    if (counted && !is_counted(descriptor)) --counted_;
    return {true, counted, !contains(descriptor)};
  }
  return {};
}

void InotifyRoutes::erase(int descriptor) {
  if (is_counted(descriptor)) --counted_;
  members_.erase(descriptor);
}

void InotifyRoutes::erase(const InotifyClient& client) {
  for (auto at = members_.begin(); at != members_.end();) {
    if (at->second.client != &client) {
      ++at;
      continue;
    }
    const auto [descriptor, member] = *at;
    at = members_.erase(at);
    if (member.counted && !is_counted(descriptor)) --counted_;
  }
}

}  // namespace vcs::agent::watch
