// SPDX-License-Identifier: Apache-2.0
// Gives a watched repository another name, or another folder.
//
// The store stays open during a move: remotes, queries and waiting requests go on with it. The
// order is: changes in the former folder are committed, all work on that folder ends, the
// description is written, the new folder is watched and scanned as after a start. After a kill
// before the description is written the repository is in its former folder, after a later kill in
// the new one.
#include <tuple>

#include "agent/repository/watched_parts.hpp"
#include "agent/repository/watched_repository.hpp"

namespace vcs::agent::repository {

void WatchedRepository::move_to(std::string worktree, std::optional<config::RootIdentity> root,
                                Done done) {
  if (moving_) return done(base::fail(ErrorCode::busy, "{} is being moved already", file().name));
  settle([this, worktree = std::move(worktree), root,
          done = std::move(done)](const Result<snapshot::SnapshotOutcome>& settled) mutable {
    // In a folder that is away there is nothing to save.
    if (!settled && settled.error().code != ErrorCode::unavailable) {
      Error error = settled.error();
      return done(tl::unexpected(std::move(error).with_context(fmt::format(
          "what was saved last in {} is not in a commit, so nothing was moved", file().worktree))));
    }
    if (moving_) return done(base::fail(ErrorCode::busy, "{} is being moved already", file().name));
    leave_folder([this, worktree = std::move(worktree), root, done = std::move(done)]() mutable {
      move_now(std::move(worktree), root, std::move(done));
    });
  });
}

// Calls `then` when no background work uses the folder any more; no new work begins.
void WatchedRepository::leave_folder(std::function<void()> then) {
  suspend("it is being moved");
  parts_->watching.stop_looking();
  moving_ = true;
  folder_.when_unused(std::move(then));
}

void WatchedRepository::move_now(std::string worktree, std::optional<config::RootIdentity> root,
                                 Done done) {
  if (state_ == State::closed)
    return done(base::fail(ErrorCode::cancelled, "{} is not watched any more", file().name));
  config::RepositoryFile& file = description_.edit();
  const auto before = std::make_pair(std::exchange(file.worktree, std::move(worktree)),
                                     std::exchange(file.root, root));
  description_.save([this, before, done = std::move(done)](const Result<void>& saved) {
    if (!saved) std::tie(description_.edit().worktree, description_.edit().root) = before;
    moving_ = false;
    if (state_ == State::closed) return done(saved);
    parts_->silent_writes.forget_all();
    parts_->snapshots.forget_events();
    if (saved) parts_->sync.describe(description_->name, description_->worktree);
    start_watching();
    done(saved);
  });
}

void WatchedRepository::rename(std::string name, Done done) {
  const std::string before = std::exchange(description_.edit().name, std::move(name));
  description_.save([this, before, done = std::move(done)](const Result<void>& saved) {
    if (!saved) {
      description_.edit().name = before;
      return done(saved);
    }
    const std::string& now = description_->name;
    if (state_ != State::closed) parts_->sync.describe(now, description_->worktree);
    const std::string text = fmt::format("{} is called {} from now on", before, now);
    context_.log.info("{}", text);
    for (const std::string& told : {before, now}) context_.announce(told, "state", text, "");
    done(saved);
  });
}

}  // namespace vcs::agent::repository
