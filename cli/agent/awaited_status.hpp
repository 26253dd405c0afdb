// SPDX-License-Identifier: Apache-2.0
// The status, for who waits until saves are kept and copied, with a bar meanwhile.
#pragma once

#include "cli/context.hpp"
#include "ipc/messages/status.hpp"

namespace vcs::cli {

// Of an agent that has just started nothing is known yet: asks again for a while until it is.
Result<ipc::StatusResponse> status_once_open(const Context& context, ipc::Client& client,
                                             const ipc::StatusRequest& request);

Result<ipc::StatusResponse> status_when_asked(const Context& context, ipc::Client& client,
                                              const ipc::StatusRequest& request);

// The seconds of --timeout, or of `usual`. 0: for ever.
Result<double> patience(const Context& context, base::Nanos usual);

}  // namespace vcs::cli
