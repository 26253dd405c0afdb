// SPDX-License-Identifier: Apache-2.0
// The watcher of macOS: a stream of FSEvents.
//
// Written after Apple's documentation and the experience of other programs. Its authors had no Mac
// to compile or run it on: expect to correct it, and rely on the periodic audit until then.
//
// FSEvents promises no order between paths. So a cookie first flushes the stream: the events that
// the system holds back reach the sink before the proof does.
#pragma once
#ifdef __APPLE__

#include "agent/watch/watcher.hpp"

namespace vcs::agent::watch {

std::unique_ptr<Watcher> make_fsevents_watcher(const base::Log& log);

}  // namespace vcs::agent::watch

#endif
