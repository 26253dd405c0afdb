// SPDX-License-Identifier: Apache-2.0
// Maps each watch descriptor to the clients that share it.
//
// Mostly it is one client. But the kernel gives one descriptor for a folder, however often it is
// watched: a folder above several roots, a folder reached by two mounts, a folder whose next
// watcher starts while the last one ends. Pure; the caller holds a mutex.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "core/base/guarded.hpp"

namespace vcs::agent::watch {

class InotifyClient;

class InotifyRoutes {
 public:
  struct Member {
    InotifyClient* client;
    std::uint32_t mask;  // the events that it asked for
    bool counted;
  };

  // Adds the member, or adds to its mask if it is one already. True: the client counts one watch
  // more.
  bool join(int descriptor, const Member& member);
  struct Left {
    bool was_member = false;
    bool counted = false;  // the client counts one watch less
    bool last = false;     // no client has the descriptor any more
  };
  Left leave(int descriptor, const InotifyClient& client);
  // Removes a descriptor whose watch the kernel has ended.
  void erase(int descriptor);
  // Removes a client from all descriptors.
  void erase(const InotifyClient& client);

  bool contains(int descriptor) const { return members_.contains(descriptor); }
  // Unchecked, for the visitor may need locks that the caller has.
  template <typename Visitor>
  void visit(int descriptor, Visitor&& visitor) const VCS_NO_THREAD_CHECK {
    const auto [first, last] = members_.equal_range(descriptor);
    for (auto member = first; member != last; ++member) visitor(member->second);
  }
  // The number of descriptors that count for at least one client.
  std::uint64_t counted() const { return counted_; }

 private:
  bool is_counted(int descriptor) const;

  std::unordered_multimap<int, Member> members_;
  std::uint64_t counted_ = 0;
};

}  // namespace vcs::agent::watch
