// SPDX-License-Identifier: Apache-2.0
// Waiting is passed in, so that tests do not wait and an agent that stops does not either.
#pragma once

#include <functional>

#include "core/base/clock.hpp"

namespace vcs::base {

// Waits about that long. False: cut short because the caller is to stop. Thread-safe.
using Sleeper = std::function<bool(Nanos)>;

// Sleeps in the calling thread, to the end.
Sleeper thread_sleeper();

}  // namespace vcs::base
