// SPDX-License-Identifier: Apache-2.0
// A watched repository under another name, or in another folder.
//
// It moves in place: remotes, questions about the history and whoever waits go on with the same
// open store. The order is: what was saved is committed, nobody looks at the former folder any
// more, the description is written, the new folder is watched and looked at as after a start. A
// kill before the description is written finds the repository where it was, one after it in the new
// folder.
#include <tuple>

#include "agent/repository/watched_repository.hpp"

namespace vcs::agent::repository {

using base::ErrorCode;
using base::Result;

void WatchedRepository::move_to(std::string worktree, std::optional<config::RootIdentity> root,
                                Done done) {
  if (moving_) return done(base::fail(ErrorCode::busy, "{} is being moved already", file_.name));
  settle([this, self = shared_from_this(), worktree = std::move(worktree), root,
          done = std::move(done)](const Result<snapshot::SnapshotOutcome>& settled) mutable {
    // A folder that is away has nothing to be saved.
    if (!settled && settled.error().code != ErrorCode::unavailable) {
      base::Error error = settled.error();
      return done(tl::unexpected(std::move(error).with_context(fmt::format(
          "what was saved last in {} is not in a commit, so nothing was moved", file_.worktree))));
    }
    if (moving_) return done(base::fail(ErrorCode::busy, "{} is being moved already", file_.name));
    leave_folder(
        [this, self, worktree = std::move(worktree), root, done = std::move(done)]() mutable {
          move_now(std::move(worktree), root, std::move(done));
        });
  });
}

// Calls `then` when nothing in the background is about the folder any more, and nothing new begins.
void WatchedRepository::leave_folder(std::function<void()> then) {
  suspend("it is being moved");
  root_timer_.stop();
  moving_ = true;
  when_left_ = std::move(then);
  enter_folder();
  context_.loop.post([self = shared_from_this()] { self->left_folder(); });
}

void WatchedRepository::left_folder() {
  if (--in_folder_ == 0 && when_left_) std::exchange(when_left_, nullptr)();
}

void WatchedRepository::move_now(std::string worktree, std::optional<config::RootIdentity> root,
                                 Done done) {
  if (state_ == State::closed)
    return done(base::fail(ErrorCode::cancelled, "{} is not watched any more", file_.name));
  const auto before = std::make_pair(std::exchange(file_.worktree, std::move(worktree)),
                                     std::exchange(file_.root, root));
  save_file(
      [this, self = shared_from_this(), before, done = std::move(done)](const Result<void>& saved) {
        if (!saved) std::tie(file_.worktree, file_.root) = before;
        moving_ = false;
        if (state_ == State::closed) return done(saved);
        silent_writes_.forget_all();
        told_before_look_ = nullptr;
        root_delay_ = {};
        if (saved) sync_->describe(file_.name, file_.worktree);
        start_watching();
        done(saved);
      });
}

void WatchedRepository::rename(std::string name, Done done) {
  const std::string before = std::exchange(file_.name, std::move(name));
  save_file([this, self = shared_from_this(), before,
             done = std::move(done)](const Result<void>& saved) {
    if (!saved) {
      file_.name = before;
      return done(saved);
    }
    if (state_ != State::closed) sync_->describe(file_.name, file_.worktree);
    context_.log.info("{} is called {} from now on", before, file_.name);
    for (const std::string& told : {before, file_.name})
      context_.announce(told, "state", before + " is called " + file_.name + " from now on", "");
    done(saved);
  });
}

}  // namespace vcs::agent::repository
