// SPDX-License-Identifier: Apache-2.0
// Waits for the agent's lock: the agent holds it to its very end, so a free lock means it has
// exited.
#include "cli/agent/agent_stopper.hpp"

#include <chrono>
#include <thread>

#include "config/paths.hpp"
#include "ipc/agent_lock.hpp"
#include "ipc/client.hpp"
#include "ipc/messages/agent.hpp"

namespace vcs::cli {
namespace {

// Longer than the time that an agent gives itself to stop.
constexpr base::Nanos kStopPatience = std::chrono::seconds(10);
constexpr base::Nanos kStopPoll = std::chrono::milliseconds(10);

Result<void> wait_until_gone(const Context& context) {
  VCS_ASSIGN(const config::Paths paths, context.paths());
  const base::SteadyNanos deadline = context.clock().steady() + kStopPatience;
  for (;;) {
    const auto holder = ipc::agent_lock_holder(paths.data);
    if (!holder || !*holder) return {};
    if (context.cancelled()) return fail(ErrorCode::cancelled, "the agent is still stopping");
    if (context.clock().steady() >= deadline)
      return fail(ErrorCode::unavailable,
                  "the agent was told to stop, but has not ended within 10 s; {}/vcsd.log says "
                  "what it is doing",
                  paths.logs);
    std::this_thread::sleep_for(kStopPoll);
  }
}

}  // namespace

Result<void> stop_agent(const Context& context, ipc::Client& client) {
  VCS_TRY(client.call<ipc::Stop>({}));
  return wait_until_gone(context);
}

}  // namespace vcs::cli
