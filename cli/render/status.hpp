// SPDX-License-Identifier: Apache-2.0
// Formats the status for people, and finds what needs a person. Pure.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/render/text.hpp"
#include "ipc/messages/status.hpp"

namespace vcs::cli {

// Returns how long a remote of this repository may be behind, in seconds.
using BehindLimit = std::function<double(const std::string& repository)>;

// Whether the repository copies to at least one remote.
bool has_copies(const ipc::RepositoryStatus& repository);

// The reasons why a person is needed, one sentence each; empty: none.
std::vector<std::string> attention(const ipc::StatusResponse& status, const BehindLimit& limit);

// Why the alarm rings, as one sentence, or with what to do about it; "" if it does not ring.
std::string alarm_sentence(const ipc::AlarmStatus& alarm);
std::string alarm_text(const ipc::AlarmStatus& alarm, const std::string& repository,
                       base::UnixNanos now, const Style& style);

// The answer to "is it safe?", one line.
std::string headline(const ipc::StatusResponse& status, base::UnixNanos now);

// Names the files that a clone or a restore has not written, and what to do. "": nothing is owed.
std::string owed_text(const ipc::OwedStatus& owed, const std::string& repository,
                      const Style& style);
// "synced", "3 saves behind (14 s)", "in error: …"
std::string remote_lag(const ipc::RemoteStatus& remote);
std::string remote_line(const ipc::RemoteStatus& remote, const Style& style);

// The whole status, with the headline. Below 60 columns the name of each item gets its own line.
std::string status_text(const ipc::StatusResponse& status, const BehindLimit& limit,
                        base::UnixNanos now, const Style& style, std::size_t width = 80);

}  // namespace vcs::cli
