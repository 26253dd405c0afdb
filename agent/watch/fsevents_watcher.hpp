// SPDX-License-Identifier: Apache-2.0
// The watcher of macOS: a stream of FSEvents.
//
// Written after Apple's documentation and what other programs have learnt of it. Its authors have
// had no Mac to compile or run it on: expect to mend it, and trust the periodic audit until then.
//
// FSEvents gives no promise of order between paths. A cookie therefore makes us flush the stream
// first, so that what the system holds back is told before the cookie is.
#pragma once
#ifdef __APPLE__

#include "agent/watch/watcher.hpp"

namespace vcs::agent::watch {

std::unique_ptr<Watcher> make_fsevents_watcher(const base::Log& log);

}  // namespace vcs::agent::watch

#endif
