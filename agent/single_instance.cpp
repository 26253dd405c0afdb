// SPDX-License-Identifier: Apache-2.0
// A lock file that names who holds it, and whether it is about to leave.
#include "agent/single_instance.hpp"

#include <thread>

#include "agent/watched_summary.hpp"
#include "config/paths.hpp"
#include "core/base/held_lock.hpp"
#include "ipc/endpoint.hpp"

namespace vcs::agent {
namespace {

// For the agent before this one.
constexpr base::Nanos kPredecessorPatience = 2 * kStopPatience;
constexpr base::Nanos kPredecessorPoll = std::chrono::milliseconds(20);

}  // namespace

base::Result<std::unique_ptr<base::File>> become_single_instance(base::Directory& data,
                                                                 const std::string& socket,
                                                                 const base::Clock& clock) {
  const base::SteadyNanos deadline = clock.steady() + kPredecessorPatience.count();
  for (;;) {
    auto lock = base::hold_lock(data, config::kAgentLock, holder_text());
    if (lock || lock.error().code != base::ErrorCode::busy) return lock;
    const std::string& holder = lock.error().message;
    const bool stays = !holder.ends_with(config::kStoppingMark) &&
                       ipc::connect_endpoint(clock, socket, kPredecessorPatience).has_value();
    if (stays)
      return base::fail(base::ErrorCode::busy, "{} runs here already; stop it with: vcsctl stop",
                        holder);
    if (clock.steady() >= deadline)
      return base::fail(base::ErrorCode::busy,
                        "{} holds {} and neither answers nor leaves; end that process, then start "
                        "again",
                        holder, config::kAgentLock);
    std::this_thread::sleep_for(kPredecessorPoll);
  }
}

void mark_as_stopping(base::File& instance) {
  (void)instance.write_at(base::as_bytes(config::kStoppingMark), holder_text().size());
}

}  // namespace vcs::agent
