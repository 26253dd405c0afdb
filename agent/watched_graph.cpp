// What follows the saves of a watched repository, when there was none for a moment: its commit
// graph catches up, and memory is given back.
#include "agent/watched_summary.hpp"

namespace vcs::agent {
namespace {

// After a commit; commits that follow each other closely share one turn.
constexpr base::Nanos kGraphDelay = std::chrono::seconds(1);
// More than these at a time are worth a line in the log: a history that was fetched, a graph lost.
constexpr std::uint64_t kManyCommits = 1000;

}  // namespace

void WatchedRepository::arm_graph() {
  if (graph_timer_ != 0 || state_ == State::closed) return;
  graph_timer_ = context_.loop.call_after(kGraphDelay, [this] {
    graph_timer_ = 0;
    if (graph_cancelled_) return arm_graph();
    catch_up_graph();
  });
}

void WatchedRepository::catch_up_graph() {
  auto self = shared_from_this();
  auto added = std::make_shared<base::Result<std::uint64_t>>(0);
  graph_cancelled_ = std::make_shared<std::atomic<bool>>(false);
  ++in_background_;
  context_.loop.run_in_background(
      Pool::query,
      [added, cancelled = graph_cancelled_, repository = repository_] {
        *added = repository->graph().catch_up(*repository, *cancelled);
      },
      [this, self, added] {
        --in_background_;
        graph_cancelled_ = nullptr;
        if (!*added && added->error().code != base::ErrorCode::cancelled)
          context_.log.warning("{}: cannot keep the commit graph, so history is read slowly: {}",
                               file_.name, added->error().message);
        else if (*added && **added >= kManyCommits)
          context_.log.info("{}: the commit graph has learnt of {} commits", file_.name, **added);
        // Nobody else is at the index then, and whoever will be begins on this thread.
        if (in_background_ == 0) repository_->trim_memory();
        finish_close();
      });
}

}  // namespace vcs::agent
