// SPDX-License-Identifier: Apache-2.0
// The world of an agent that nobody tells anything: whoever asks it looks for himself.
#pragma once

#include <memory>
#include <string>

#include "agent/context.hpp"
#include "tests/support/no_watcher.hpp"

namespace vcs::test {

// All of it outlives the agent. Log, machine and the rest are as a World has them.
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
