// Chooses the watcher of this system.
#include "agent/watch/watcher.hpp"

#ifdef __APPLE__
#include "agent/watch/fsevents_watcher.hpp"
#else
#include "agent/watch/inotify_watcher.hpp"
#endif

namespace vcs::agent::watch {

std::unique_ptr<Watcher> make_system_watcher(const base::Log& log,
                                             [[maybe_unused]] double limit_share) {
#ifdef __APPLE__
  return make_fsevents_watcher(log);
#else
  return make_inotify_watcher(log, {limit_share, std::nullopt});
#endif
}

}  // namespace vcs::agent::watch
