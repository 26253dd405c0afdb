// SPDX-License-Identifier: Apache-2.0
// How the agent can be found: its lock, which names it, and its socket. Both are kept true while
// the agent runs: a socket whose name is gone is made anew, and a lock that is gone ends the agent,
// since its home was deleted and another agent may have begun there.
#pragma once

#include <memory>
#include <string>

#include "agent/loop/errands.hpp"
#include "agent/watch/place_watch.hpp"
#include "core/base/filesystem.hpp"
#include "core/base/guarded.hpp"
#include "core/base/log.hpp"
#include "ipc/agent_lock.hpp"
#include "ipc/endpoint.hpp"

namespace vcs::agent {

// Loop thread only, but for what asks the disk, which runs in the background.
class Presence {
 public:
  struct Parts {
    loop::EventLoop& loop;
    uv_loop_t* uv;
    base::File& lock;       // held
    std::string lock_path;  // absolute
    std::string spare;      // where to listen if the socket's folder cannot be had any more; or ""
    base::Log log;
    std::function<void(base::FileDescriptor)> listen_at;  // a socket made anew
    std::function<void()> home_gone;
  };
  // Tells in the lock that the agent runs, and where. Asks the disk.
  Presence(Parts parts, ipc::Endpoint endpoint);

  // The lock says from now on that the agent is about to leave, and nothing is looked after.
  void leaving();
  // The loop must turn once more before this object may go.
  void close();

 private:
  struct Look {
    bool home_gone = false;
    std::unique_ptr<ipc::Endpoint> fresh;
    std::string trouble;
  };

  void look();
  void act_on(Look& seen);
  Look look_at_disk();
  bool home_is_gone() const;
  Result<ipc::Endpoint> listen_anew() const;
  void tell(ipc::AgentState state, const std::string& socket);

  Parts parts_;
  ipc::Endpoint endpoint_;
  watch::PlaceWatch watch_;
  loop::Errands errands_{parts_.loop};
  std::uint64_t device_ = 0, inode_ = 0;  // of the lock
  bool looking_ = false, again_ = false, leaving_ = false;
  base::Mutex telling_;
  bool told_leaving_ VCS_GUARDED_BY(telling_) = false;
};

}  // namespace vcs::agent
