// SPDX-License-Identifier: Apache-2.0
// Keeps the agent findable through its lock, which names it, and its socket. While the agent runs,
// it makes a socket anew whose name is gone. If the lock is gone, it ends the agent, because its
// home was deleted and another agent may have begun there.
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

// Loop thread only; work that asks the disk runs in the background.
class Presence {
 public:
  struct Parts {
    loop::EventLoop& loop;
    uv_loop_t* uv;
    base::File& lock;       // held
    std::string lock_path;  // absolute
    std::string spare;      // where to listen if the socket's folder cannot be used any more; or ""
    base::Log log;
    std::function<void(base::FileDescriptor)> listen_at;  // a socket made anew
    std::function<void()> home_gone;
  };
  // Writes into the lock that the agent runs, and where it listens. Asks the disk.
  Presence(Parts parts, ipc::Endpoint endpoint);

  // Writes into the lock that the agent is stopping, and keeps the socket no longer.
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
