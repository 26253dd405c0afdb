// SPDX-License-Identifier: Apache-2.0
// A remote in memory, for tests. Nothing outlives the process. docs/remotes/memory.md
#pragma once

#include <map>
#include <memory>
#include <string>

#include "core/base/clock.hpp"
#include "core/base/guarded.hpp"
#include "core/remote/remote_store.hpp"

namespace vcs::remote::drivers {

// The objects of the stores that share them. Tests may read and change them while no call runs.
class MemoryObjects {
 public:
  // Without a clock, no object has a time.
  explicit MemoryObjects(const base::Clock* clock = nullptr);

  base::Guarded<std::map<std::string, Bytes>> by_name;
  // Of the objects that a store has put; locked after by_name.
  base::Guarded<std::map<std::string, base::UnixNanos>> modified;
  const base::Clock* const clock;
  const std::uint64_t number;  // no other of this process has it
};

// Several stores on the same objects are several clients of one remote.
std::unique_ptr<RemoteStore> make_memory_remote(
    std::shared_ptr<MemoryObjects> objects = std::make_shared<MemoryObjects>());

}  // namespace vcs::remote::drivers
