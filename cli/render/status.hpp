// SPDX-License-Identifier: Apache-2.0
// The status for people, and whether it needs them. Pure.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/render/text.hpp"
#include "ipc/messages.hpp"

namespace vcs::cli {

// How long a remote of this repository may be behind, in seconds.
using BehindLimit = std::function<double(const std::string& repository)>;

// Why somebody must look, a sentence each; empty: nothing.
std::vector<std::string> attention(const ipc::StatusResponse& status, const BehindLimit& limit);

// What set the brake, in one sentence, and with what to do about it; "" where it is not set.
std::string brake_sentence(const ipc::BrakeStatus& brake);
std::string brake_text(const ipc::BrakeStatus& brake, const std::string& repository,
                       base::UnixNanos now, const Style& style);

// The answer to "is it safe?", one line.
std::string headline(const ipc::StatusResponse& status, base::UnixNanos now);

// "synced", "3 commits behind, oldest unsynced save 14 s ago", "error: …"
// What a clone has not written: told, with what to do. "": nothing.
std::string owed_text(const ipc::OwedStatus& owed, const std::string& repository,
                      const Style& style);
std::string remote_lag(const ipc::RemoteStatus& remote);
std::string remote_line(const ipc::RemoteStatus& remote, const Style& style);

// All of it, with the headline.
std::string status_text(const ipc::StatusResponse& status, const BehindLimit& limit,
                        base::UnixNanos now, const Style& style);

}  // namespace vcs::cli
