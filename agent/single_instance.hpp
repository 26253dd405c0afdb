// SPDX-License-Identifier: Apache-2.0
// One agent for each home.
#pragma once

#include <memory>
#include <string>

#include "core/base/clock.hpp"
#include "core/base/filesystem.hpp"

namespace vcs::agent {

// How long an agent that was told to stop may take.
constexpr base::Nanos kStopPatience = std::chrono::milliseconds(4500);

// The lock that makes this the agent of the home, until it is dropped. Waits for one that is about
// to leave, or has not begun to listen; busy: another one stays. `socket` is where it would answer.
base::Result<std::unique_ptr<base::File>> become_single_instance(base::Directory& data,
                                                                 const std::string& socket,
                                                                 const base::Clock& clock);
// So that whoever starts meanwhile knows that waiting is worth it.
void mark_as_stopping(base::File& instance);

}  // namespace vcs::agent
