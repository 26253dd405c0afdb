// SPDX-License-Identifier: Apache-2.0
// The socket's place in the file system, and who may use it.
//
// The socket (mode 0600) lies in a folder of its own (mode 0700) that belongs to us; everything
// that looks otherwise is refused, never repaired. Besides, each side asks the kernel who the
// other is.
#pragma once

#include <sys/types.h>

#include <string>

#include "core/base/clock.hpp"
#include "core/base/file_descriptor.hpp"
#include "core/base/result.hpp"

namespace vcs::ipc {

// A listening socket. The name is removed on destruction if it is still this socket's.
class Endpoint {
 public:
  // Creates the last folder of `path` (absolute) if it is missing, and removes a stale socket of
  // ours. `busy` if an agent listens there; `denied` or `already_exists` if the place is not safe.
  // Under the lock that makes the agent single.
  static Result<Endpoint> listen(const std::string& path);

  Endpoint(Endpoint&& other) noexcept;
  Endpoint& operator=(Endpoint&& other) noexcept;
  ~Endpoint();

  const std::string& path() const { return path_; }
  // Whether the name still leads here. Asks the disk.
  bool has_its_name() const;
  int fd() const { return socket_.get(); }  // non-blocking, close-on-exec
  // Hands the descriptor to its acceptor; the name stays ours to remove.
  base::FileDescriptor take_socket() { return std::move(socket_); }

 private:
  Endpoint(std::string path, base::FileDescriptor socket, dev_t device, ino_t inode);
  void remove_name();

  std::string path_;  // "" when moved from
  base::FileDescriptor socket_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

// A non-blocking connection. `unavailable`: nobody listens there, or with ETIMEDOUT as its system's
// error, somebody who takes no connection in time; `denied`: the socket or its listener belongs
// neither to us nor to root.
Result<base::FileDescriptor> connect_endpoint(const base::Clock& clock, const std::string& path,
                                              base::Nanos timeout);

// The user at the other end of a connected socket.
Result<uid_t> peer_user(int fd);
// `denied` unless the other end is our own user or root.
Result<void> check_peer(int fd);

}  // namespace vcs::ipc
