// SPDX-License-Identifier: Apache-2.0
// Whose a watch descriptor is.
//
// Mostly one client's. But the kernel gives one descriptor for a folder, however often it is
// watched: folders above several roots, a folder reached by two mounts, one whose next watcher
// starts while the last one ends. Pure; under somebody's mutex.
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

  // Adds to its mask where it is a member already. True: it counts one watch more.
  bool join(int descriptor, const Member& member);
  struct Left {
    bool was_member = false;
    bool counted = false;  // it counts one watch less
    bool last = false;     // nobody has it any more
  };
  Left leave(int descriptor, const InotifyClient& client);
  // The kernel ended the watch.
  void erase(int descriptor);
  // Whatever it is a member of.
  void erase(const InotifyClient& client);

  bool contains(int descriptor) const { return members_.contains(descriptor); }
  // Unchecked, for the visitor may need locks that the caller has.
  template <typename Visitor>
  void visit(int descriptor, Visitor&& visitor) const VCS_NO_THREAD_CHECK {
    const auto [first, last] = members_.equal_range(descriptor);
    for (auto member = first; member != last; ++member) visitor(member->second);
  }
  // Descriptors that count for at least one.
  std::uint64_t counted() const { return counted_; }

 private:
  bool is_counted(int descriptor) const;

  std::unordered_multimap<int, Member> members_;
  std::uint64_t counted_ = 0;
};

}  // namespace vcs::agent::watch
