// SPDX-License-Identifier: Apache-2.0
// The status for people, and whether it needs them. Pure.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/render/text.hpp"
#include "ipc/messages/status.hpp"

namespace vcs::cli {

// How long a remote of this repository may be behind, in seconds.
using BehindLimit = std::function<double(const std::string& repository)>;

// Whether there is a remote that it copies to.
bool has_copies(const ipc::RepositoryStatus& repository);

// Why somebody must look, a sentence each; empty: nothing.
std::vector<std::string> attention(const ipc::StatusResponse& status, const BehindLimit& limit);

// Why the alarm rings, in one sentence, and with what to do about it; "" where it does not.
std::string brake_sentence(const ipc::BrakeStatus& brake);
std::string brake_text(const ipc::BrakeStatus& brake, const std::string& repository,
                       base::UnixNanos now, const Style& style);

// The answer to "is it safe?", one line.
std::string headline(const ipc::StatusResponse& status, base::UnixNanos now);

// What a clone or a restore has not written: told, with what to do. "": nothing.
std::string owed_text(const ipc::OwedStatus& owed, const std::string& repository,
                      const Style& style);
// "synced", "3 saves behind (14 s)", "in error: …"
std::string remote_lag(const ipc::RemoteStatus& remote);
std::string remote_line(const ipc::RemoteStatus& remote, const Style& style);

// All of it, with the headline. Below 60 columns each item has its name in a line of its own.
std::string status_text(const ipc::StatusResponse& status, const BehindLimit& limit,
                        base::UnixNanos now, const Style& style, std::size_t width = 80);

}  // namespace vcs::cli
