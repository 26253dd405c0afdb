// SPDX-License-Identifier: Apache-2.0
// The watcher of Linux: one tree's part of the shared inotify instance.
#pragma once
#ifdef __linux__

#include "agent/watch/inotify_instance.hpp"
#include "agent/watch/watcher.hpp"

namespace vcs::agent::watch {

std::unique_ptr<Watcher> make_inotify_watcher(std::shared_ptr<InotifyInstance> instance,
                                              const base::Log& log);

}  // namespace vcs::agent::watch

#endif
