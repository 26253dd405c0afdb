// SPDX-License-Identifier: Apache-2.0
// A small poll loop that serves one connected socket with a Service, on a thread of its own: the
// smallest other end that a real client needs.
#pragma once

#include <memory>

#include "core/base/file_descriptor.hpp"
#include "ipc/dispatcher.hpp"

namespace vcs::test {

class SocketServer {
 public:
  explicit SocketServer(ipc::Service& service, ipc::ConnectionLimits limits = {});
  ~SocketServer();  // closes and joins

  // The client's end; may be taken once.
  base::FileDescriptor take_client();
  // Closes the server's end, as an agent that dies does. Waits until its thread has ended.
  void die();

 private:
  class Loop;
  base::FileDescriptor client_;
  std::unique_ptr<Loop> loop_;
};

}  // namespace vcs::test
