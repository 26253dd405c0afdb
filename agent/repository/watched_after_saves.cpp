// SPDX-License-Identifier: Apache-2.0
// What follows the saves of a watched repository, a second after the first of them: those that come
// meanwhile share it. They are judged, the commit graph catches up, and memory is given back.
#include "agent/repository/watched_repository.hpp"
#include "core/base/memory.hpp"

namespace vcs::agent::repository {
namespace {

constexpr base::Nanos kAfterSavesDelay = std::chrono::seconds(1);
// More than these at a time are worth a line in the log: a history that was fetched, a graph lost.
constexpr std::uint64_t kManyCommits = 1000;

}  // namespace

void WatchedRepository::arm_after_saves() {
  if (after_saves_timer_.waits() || state_ == State::closed) return;
  after_saves_timer_.start(kAfterSavesDelay, [this] {
    look_for_upheaval();
    // The graph that is still catching up may have been asked for less than there is now.
    if (graph_cancelled_) return arm_after_saves();
    catch_up_graph();
  });
}

void WatchedRepository::catch_up_graph() {
  auto self = shared_from_this();
  auto added = std::make_shared<base::Result<std::uint64_t>>(0);
  graph_cancelled_ = std::make_shared<std::atomic<bool>>(false);
  ++in_background_;
  context_.loop.run_in_background(
      loop::Pool::query,
      [added, cancelled = graph_cancelled_, repository = repository_] {
        *added = base::within_memory([&] { return repository->catch_up_graph(*cancelled); });
      },
      [this, self, added] {
        graph_cancelled_ = nullptr;
        if (!*added && added->error().code != base::ErrorCode::cancelled)
          context_.log.warning("{}: cannot keep the commit graph, so history is read slowly: {}",
                               file_.name, added->error().message);
        else if (*added && **added >= kManyCommits)
          context_.log.info("{}: the commit graph has learnt of {} commits", file_.name, **added);
        after_saves_ended();
      });
}

void WatchedRepository::after_saves_ended() {
  --in_background_;
  // Nobody else is at the index then, and whoever will be begins on this thread.
  if (in_background_ == 0) repository_->trim_memory();
  finish_close();
}

}  // namespace vcs::agent::repository
