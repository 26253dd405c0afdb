// SPDX-License-Identifier: Apache-2.0
// Checks lock and socket when the watch reports a change: in the background, one check at a time.
#include "agent/presence.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "agent/process/single_instance.hpp"

namespace vcs::agent {

Presence::Presence(Parts parts, ipc::Endpoint endpoint)
    : parts_(std::move(parts)),
      endpoint_(std::move(endpoint)),
      watch_(parts_.uv, [this] { look(); }) {
  struct stat status {};
  if (lstat(parts_.lock_path.c_str(), &status) == 0) {
    device_ = status.st_dev;
    inode_ = status.st_ino;
  }
  watch_.watch(parts_.lock_path, endpoint_.path());
  tell(ipc::AgentState::running, endpoint_.path());
}

void Presence::tell(ipc::AgentState state, const std::string& socket) {
  const base::Lock lock(telling_);
  told_leaving_ = told_leaving_ || state == ipc::AgentState::stopping;
  if (told_leaving_) state = ipc::AgentState::stopping;
  // An error, as of a full disk, is ignored: the lock holds even with an old text.
  (void)ipc::write_agent_lock(parts_.lock, process::own_lock(state, socket));
}

void Presence::leaving() {
  leaving_ = true;
  loop::Errands::send_off(parts_.loop, loop::Pool::query, [this, socket = endpoint_.path()] {
    tell(ipc::AgentState::stopping, socket);
  });
}

void Presence::close() {
  watch_.close();
}

void Presence::look() {
  if (leaving_) return;
  if (looking_) {
    again_ = true;
    return;
  }
  looking_ = true;
  errands_.run(
      loop::Pool::query, [this]() -> Result<Look> { return look_at_disk(); },
      [this](Result<Look> seen) {
        looking_ = false;
        if (seen) act_on(*seen);
        if (std::exchange(again_, false)) look();
      });
}

Presence::Look Presence::look_at_disk() {
  Look seen;
  seen.home_gone = home_is_gone();
  if (seen.home_gone || endpoint_.has_its_name()) return seen;
  auto fresh = listen_anew();
  if (!fresh) {
    seen.trouble = std::move(fresh).error().message;
    return seen;
  }
  seen.fresh = std::make_unique<ipc::Endpoint>(std::move(*fresh));
  watch_.watch(parts_.lock_path, seen.fresh->path());
  tell(ipc::AgentState::running, seen.fresh->path());
  return seen;
}

void Presence::act_on(Look& seen) {
  if (leaving_) return;
  if (seen.home_gone) {
    leaving_ = true;
    parts_.log.error(
        "{} is gone or belongs to another agent: the agent's home was deleted, so this agent ends",
        parts_.lock_path);
    return parts_.home_gone();
  }
  if (!seen.trouble.empty())
    return parts_.log.error("the agent's socket is gone and cannot be created again: {}",
                            seen.trouble);
  if (!seen.fresh) return;
  if (seen.fresh->path() == endpoint_.path())
    parts_.log.warning("the agent's socket {} was gone and was created again", endpoint_.path());
  else
    parts_.log.warning("the agent's socket {} was gone; it listens at {} now", endpoint_.path(),
                       seen.fresh->path());
  endpoint_ = std::move(*seen.fresh);
  parts_.listen_at(endpoint_.take_socket());
}

Result<ipc::Endpoint> Presence::listen_anew() const {
  auto fresh = ipc::Endpoint::listen(endpoint_.path());
  if (fresh || parts_.spare.empty()) return fresh;
  return ipc::Endpoint::listen(parts_.spare);
}

// True only if that is certain: a disk that gives any other error has not deleted the home.
bool Presence::home_is_gone() const {
  struct stat status {};
  if (lstat(parts_.lock_path.c_str(), &status) != 0) return errno == ENOENT || errno == ENOTDIR;
  if (status.st_dev == device_ && status.st_ino == inode_) return false;
  // Some filesystems give a file another inode number each time: read who holds the lock.
  const std::string home = parts_.lock_path.substr(0, parts_.lock_path.rfind('/'));
  const auto holder = ipc::agent_lock_holder(home);
  return holder && (!*holder || (*holder)->pid != getpid());
}

}  // namespace vcs::agent
