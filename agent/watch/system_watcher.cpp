// SPDX-License-Identifier: Apache-2.0
// Chooses the kind of watcher for this system.
#include "agent/watch/watcher.hpp"

#ifdef __APPLE__
#include "agent/watch/fsevents_watcher.hpp"
#else
#include "agent/watch/inotify_watcher.hpp"
#endif

namespace vcs::agent::watch {

WatcherMaker make_system_watchers(const base::Log& log, [[maybe_unused]] double limit_share) {
#ifdef __APPLE__
  return [log] { return make_fsevents_watcher(log); };
#else
  const auto instance =
      std::make_shared<InotifyInstance>(log, InotifyOptions{limit_share, std::nullopt});
  return [instance, log] { return make_inotify_watcher(instance, log); };
#endif
}

}  // namespace vcs::agent::watch
