// SPDX-License-Identifier: Apache-2.0
// Asks for the status and, if asked to, waits until all is saved and copied. Shows a progress bar
// meanwhile.
#pragma once

#include "cli/context.hpp"
#include "ipc/messages/status.hpp"

namespace vcs::cli {

// An agent that has just started does not know its repositories yet: asks again, for at most two
// seconds, until none is `opening`.
Result<ipc::StatusResponse> status_once_open(const Context& context, ipc::Client& client,
                                             const ipc::StatusRequest& request);

Result<ipc::StatusResponse> status_when_asked(const Context& context, ipc::Client& client,
                                              const ipc::StatusRequest& request);

// The value of --timeout, else `usual`, in seconds. 0: without limit.
Result<double> patience(const Context& context, base::Nanos usual);

}  // namespace vcs::cli
