// SPDX-License-Identifier: Apache-2.0
// Creates and connects the agent's socket, and checks who may use it.
//
// The socket (mode 0600) lies in a folder of its own (mode 0700) that our user owns. Any other
// state is refused, never repaired. Each side also asks the kernel for the user of the other.
#pragma once

#include <sys/types.h>

#include <string>

#include "core/base/clock.hpp"
#include "core/base/file_descriptor.hpp"
#include "core/base/result.hpp"

namespace vcs::ipc {

// A listening socket. The destructor removes its name if the name still leads to this socket.
class Endpoint {
 public:
  // Creates the last folder of `path` (absolute) if it is missing, and removes a stale socket of
  // our user. `busy` if an agent listens there; `denied` or `already_exists` if the place is not
  // safe. The caller must hold the agent's lock.
  static Result<Endpoint> listen(const std::string& path);

  Endpoint(Endpoint&& other) noexcept;
  Endpoint& operator=(Endpoint&& other) noexcept;
  ~Endpoint();

  const std::string& path() const { return path_; }
  // Whether the name still leads to this socket. Asks the disk.
  bool has_its_name() const;
  int fd() const { return socket_.get(); }  // non-blocking, close-on-exec
  // Gives the descriptor away; this object still removes the name.
  base::FileDescriptor take_socket() { return std::move(socket_); }

 private:
  Endpoint(std::string path, base::FileDescriptor socket, dev_t device, ino_t inode);
  void remove_name();

  std::string path_;  // "" when moved from
  base::FileDescriptor socket_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

// Opens a non-blocking connection. `unavailable`: nobody listens there, or, with ETIMEDOUT as the
// system's error, the listener takes no connection in time. `denied`: the socket or its listener
// belongs neither to our user nor to root.
Result<base::FileDescriptor> connect_endpoint(const base::Clock& clock, const std::string& path,
                                              base::Nanos timeout);

// The user at the other end of a connected socket.
Result<uid_t> peer_user(int fd);
// `denied` unless the other end is our own user or root.
Result<void> check_peer(int fd);

}  // namespace vcs::ipc
