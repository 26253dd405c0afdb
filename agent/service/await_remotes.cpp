// SPDX-License-Identifier: Apache-2.0
// Pushes to all remotes at once.
#include "agent/service/await_remotes.hpp"

#include <algorithm>
#include <map>

#include "agent/loop/timer.hpp"
#include "agent/repository/watched_repository.hpp"
#include "agent/schedule/sync_scheduler.hpp"
#include "core/base/duration.hpp"

namespace vcs::agent::service {
namespace {

using RepositoryPtr = Agent::RepositoryPtr;

struct Awaited {
  RepositoryPtr repository;
  std::string remote;
  ipc::Progress progress;
  bool over = false;
};

struct Waiting {
  explicit Waiting(loop::EventLoop& loop) : timer(loop) {}

  std::vector<Awaited> remotes;
  Unsynced unsynced;
  base::Nanos patience{};
  loop::Timer timer;
  std::function<void(const ipc::Progress&)> progress;
  std::function<void(Unsynced)> done;
};
using WaitingPtr = std::shared_ptr<Waiting>;

// The error of the last push to the remote; "" if it succeeded, or the remote gets no copies.
std::string failure_of(const Awaited& awaited) {
  for (const ipc::RemoteStatus& remote : awaited.repository->sync().status())
    if (remote.name == awaited.remote) return remote.last_error;
  return {};
}

void tell(Waiting& waiting, const Awaited& awaited, std::string reason) {
  waiting.unsynced.push_back({awaited.repository->file().name, awaited.remote, std::move(reason)});
}

void finish_when_over(Waiting& waiting) {
  if (!waiting.done) return;
  if (!std::all_of(waiting.remotes.begin(), waiting.remotes.end(),
                   [](const Awaited& awaited) { return awaited.over; }))
    return;
  waiting.timer.stop();
  std::exchange(waiting.done, nullptr)(std::move(waiting.unsynced));
}

void copied(Waiting& waiting, std::size_t which) {
  if (!waiting.done) return;
  Awaited& awaited = waiting.remotes[which];
  awaited.over = true;
  if (std::string reason = failure_of(awaited); !reason.empty())
    tell(waiting, awaited, std::move(reason));
  finish_when_over(waiting);
}

void lose_patience(Waiting& waiting) {
  for (Awaited& awaited : waiting.remotes) {
    if (std::exchange(awaited.over, true)) continue;
    const std::string failure = failure_of(awaited);
    tell(waiting, awaited,
         failure.empty() ? fmt::format("copying has not ended within {}",
                                       base::format_duration(waiting.patience))
                         : failure);
  }
  finish_when_over(waiting);
}

// Sends the sum of the progress of all running pushes.
void told_progress(Waiting& waiting, std::size_t which, const ipc::Progress& progress) {
  if (!waiting.done || !waiting.progress) return;
  waiting.remotes[which].progress = progress;
  ipc::Progress all;
  all.stage = progress.stage;
  for (const Awaited& awaited : waiting.remotes) {
    all.files_done += awaited.progress.files_done;
    all.files_total += awaited.progress.files_total;
    all.bytes_done += awaited.progress.bytes_done;
    all.bytes_total += awaited.progress.bytes_total;
  }
  waiting.progress(all);
}

void gather(Waiting& waiting, const RepositoryPtr& repository) {
  const bool is_open = repository->repository() != nullptr;
  for (const config::RemoteEntry& remote : repository->file().remotes) {
    if (!remote.push) continue;
    waiting.remotes.push_back({repository, remote.name, {}, !is_open});
    if (!is_open) tell(waiting, waiting.remotes.back(), repository->status().reason);
  }
}

}  // namespace

void await_remotes(Agent& agent, const std::vector<RepositoryPtr>& repositories,
                   base::Nanos patience, std::function<void(const ipc::Progress&)> progress,
                   std::function<void(Unsynced)> done) {
  const auto waiting = std::make_shared<Waiting>(agent.context().loop);
  waiting->patience = patience;
  waiting->progress = std::move(progress);
  waiting->done = std::move(done);
  for (const RepositoryPtr& repository : repositories) gather(*waiting, repository);
  for (std::size_t i = 0; i < waiting->remotes.size(); ++i) {
    Awaited& awaited = waiting->remotes[i];
    if (awaited.over) continue;
    const auto begun = awaited.repository->sync().push_now(
        awaited.remote, [waiting, i](const ipc::Progress& now) { told_progress(*waiting, i, now); },
        [waiting, i] { copied(*waiting, i); });
    // An error: the remote was removed a moment ago.
    awaited.over = !begun;
  }
  if (patience > base::Nanos{})
    waiting->timer.start(patience, [waiting] { lose_patience(*waiting); });
  finish_when_over(*waiting);
}

}  // namespace vcs::agent::service
