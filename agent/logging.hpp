// SPDX-License-Identifier: Apache-2.0
// Where log lines go: spdlog, to stderr or in the form that the journal reads.
#pragma once

#include <string>

#include "core/base/log.hpp"

namespace vcs::agent {

// Once, at start. `to_journal`: stderr is the journal, which wants a priority and adds the time
// itself.
base::Log make_log(bool to_journal);
// "debug", "info", "warning" or "error". Thread-safe.
void set_log_level(const std::string& level);

}  // namespace vcs::agent
