// SPDX-License-Identifier: Apache-2.0
// Sends log lines through spdlog to a file, to stderr, or to the journal in its form.
#pragma once

#include <memory>
#include <string>

#include "agent/process/log_file.hpp"
#include "core/base/log.hpp"

namespace vcs::agent::process {

// To be called once, at start. `file` null: logs to stderr. `to_journal`: stderr is the journal,
// which reads a priority from each line and adds the time itself.
base::Log make_log(bool to_journal, std::shared_ptr<LogFile> file);
// Messages below `level` are dropped. Thread-safe.
void set_log_level(base::LogLevel level);

}  // namespace vcs::agent::process
