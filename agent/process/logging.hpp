// SPDX-License-Identifier: Apache-2.0
// Where log lines go: spdlog, to a file, to stderr, or in the form that the journal reads.
#pragma once

#include <memory>
#include <string>

#include "agent/process/log_file.hpp"
#include "core/base/log.hpp"

namespace vcs::agent::process {

// Once, at start. `file` null: to stderr. `to_journal`: stderr is the journal, which wants a
// priority and adds the time itself.
base::Log make_log(bool to_journal, std::shared_ptr<LogFile> file);
// "debug", "info", "warning" or "error". Thread-safe.
void set_log_level(const std::string& level);

}  // namespace vcs::agent::process
