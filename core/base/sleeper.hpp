// SPDX-License-Identifier: Apache-2.0
// Waiting. The function is passed in, so that tests do not wait, nor does an agent that stops.
#pragma once

#include <functional>

#include "core/base/clock.hpp"

namespace vcs::base {

// Waits about that long. False: the wait ended early because the caller must stop. Thread-safe.
using Sleeper = std::function<bool(Nanos)>;

// Sleeps in the calling thread for the whole time.
Sleeper thread_sleeper();

}  // namespace vcs::base
