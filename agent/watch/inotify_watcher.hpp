// The watcher of Linux: inotify, with a thread that does nothing but empty the kernel's queue.
//
// That queue holds 16,384 events, which a busy program fills in less than a tenth of a second. One
// thread reads it into memory, another makes sense of the events; both sleep while nothing happens.
// When even the memory is full, the first stops reading: then the kernel drops events and says so.
#pragma once
#ifdef __linux__

#include <optional>

#include "agent/watch/watcher.hpp"

namespace vcs::agent::watch {

struct InotifyOptions {
  double limit_share = 0.8;
  // In place of what the system says in fs.inotify.max_user_watches.
  std::optional<std::uint64_t> system_limit;
};

std::unique_ptr<Watcher> make_inotify_watcher(const base::Log& log, const InotifyOptions& options);

}  // namespace vcs::agent::watch

#endif
