// SPDX-License-Identifier: Apache-2.0
// One timer, and one run at a time.
#include "agent/repository/after_saves.hpp"

#include <cassert>
#include <utility>

#include "core/history/repository.hpp"

namespace vcs::agent::repository {
namespace {

constexpr base::Nanos kDelay = std::chrono::seconds(1);
// At least so many commits at once get a line in the log: a history was fetched, or a graph lost.
constexpr std::uint64_t kManyCommits = 1000;

}  // namespace

void AfterSaves::soon() {
  assert(context_.agent.loop.here());
  if (!timer_.waits()) timer_.start(kDelay, [this] { run(); });
}

void AfterSaves::stop() {
  assert(context_.agent.loop.here());
  timer_.stop();
  if (cancelled_) *cancelled_ = true;
}

void AfterSaves::run() {
  judge_([this] { trim_memory(); });
  // A catch-up that still runs may not know the newest commits: run again later.
  cancelled_ ? soon() : catch_up_graph();
}

void AfterSaves::catch_up_graph() {
  cancelled_ = std::make_shared<std::atomic<bool>>(false);
  context_.errands.run(
      loop::Pool::query,
      [cancelled = cancelled_, history = history_] { return history->catch_up_graph(*cancelled); },
      [this](const Result<std::uint64_t>& added) {
        cancelled_ = nullptr;
        if (!added && added.error().code != ErrorCode::cancelled)
          context_.agent.log.warning(
              "{}: cannot keep the commit graph, so history is read slowly: {}", context_.file.name,
              added.error().message);
        else if (added && *added >= kManyCommits)
          context_.agent.log.info("{}: the commit graph has learnt of {} commits",
                                  context_.file.name, *added);
        trim_memory();
      });
}

// Not while background work may use the index. Such work begins on this thread, so none begins now.
void AfterSaves::trim_memory() {
  if (context_.errands.is_idle()) history_->trim_memory();
}

}  // namespace vcs::agent::repository
