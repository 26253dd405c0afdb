// SPDX-License-Identifier: Apache-2.0
// The lock file names its holder, the holder's socket, and whether the holder is stopping.
#include "agent/process/single_instance.hpp"

#include <unistd.h>

#include <thread>

#include "core/base/held_lock.hpp"
#include "ipc/endpoint.hpp"

namespace vcs::agent::process {
namespace {

// How long to wait for the agent before this one.
constexpr base::Nanos kPredecessorPatience = 2 * kStopPatience;
constexpr base::Nanos kPredecessorPoll = std::chrono::milliseconds(20);

bool listens(const base::Clock& clock, const std::string& socket) {
  return !socket.empty() && ipc::connect_endpoint(clock, socket, kPredecessorPatience).has_value();
}

}  // namespace

Result<std::unique_ptr<base::File>> become_single_instance(base::FileSystem& filesystem,
                                                           const std::string& data,
                                                           const std::string& socket,
                                                           const base::Clock& clock) {
  VCS_ASSIGN(const auto folder, filesystem.make_directories(data));
  const std::string own = ipc::agent_lock_text(own_lock(ipc::AgentState::starting, socket));
  const base::SteadyNanos deadline = clock.steady() + kPredecessorPatience;
  for (;;) {
    auto lock = base::hold_lock(*folder, ipc::kAgentLock, own);
    if (lock || lock.error().code != ErrorCode::busy) return lock;
    VCS_ASSIGN(const auto holder, ipc::agent_lock_holder(data));
    if (!holder) continue;  // it has just left
    if (holder->state != ipc::AgentState::stopping &&
        (listens(clock, holder->socket) || listens(clock, socket)))
      return fail(ErrorCode::busy, "the agent of {} runs already ({})", data,
                  ipc::holder_name(*holder));
    if (clock.steady() >= deadline)
      return fail(ErrorCode::unavailable,
                  "{} holds {}/{}, but nobody listens {}; this agent does not start, because that "
                  "process may still be working",
                  ipc::holder_name(*holder), data, ipc::kAgentLock,
                  holder->socket.empty() ? "where this agent would" : "at " + holder->socket);
    std::this_thread::sleep_for(kPredecessorPoll);
  }
}

ipc::AgentLock own_lock(ipc::AgentState state, const std::string& socket) {
  return {getpid(), ipc::process_start(getpid()), state, socket};
}

}  // namespace vcs::agent::process
