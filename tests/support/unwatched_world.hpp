// SPDX-License-Identifier: Apache-2.0
// The World of an agent whose watchers report nothing, so that it scans at each request.
#pragma once

#include <memory>
#include <string>

#include "agent/context.hpp"
#include "tests/support/no_watcher.hpp"

namespace vcs::test {

// All arguments must outlive the agent. The other members keep the defaults of World.
inline agent::World unwatched_world(agent::loop::EventLoop& loop, base::FileSystem& filesystem,
                                    const base::Clock& clock, base::Random& random,
                                    base::ThreadPool& lanes) {
  return {.loop = loop,
          .filesystem = filesystem,
          .clock = clock,
          .random = random,
          .lanes = lanes,
          .make_watcher = [] { return std::make_unique<NoWatcher>(); },
          .storage_of = [](const std::string&) { return agent::watch::StorageKind::network; }};
}

}  // namespace vcs::test
