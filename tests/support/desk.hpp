// SPDX-License-Identifier: Apache-2.0
// A watched folder with its own agent, for most tests of the real programs.
#pragma once

#include <memory>

#include "ipc/client.hpp"
#include "ipc/methods.hpp"
#include "tests/support/real_agent.hpp"

namespace vcs::test {

class Desk {
 public:
  static constexpr const char* kName = "desk";  // of the repository

  explicit Desk(const std::string& config = "", uid_t user = geteuid());

  // Starts the agent, gives it the folder, and waits until a commit has all that lies there.
  // Returns the answer of `init`.
  nlohmann::json watch();
  // The connection of this process, made at the first call.
  ipc::Client& client();
  // Asks for a commit, or waits as `status --wait` does; each returns the id of the head.
  std::string commit();
  std::string wait();
  std::string cat(const std::string& path, const std::string& revision = "HEAD") const;
  // Waits until the agent has committed by itself what is on the disk now.
  void settle();
  // Requires that the folder equals the commit.
  void require_all_in(const std::string& commit);

  TemporaryFolder folder;
  RealAgent agent;  // ends before the folder is removed

 private:
  std::string missing_in(const std::string& commit);

  std::unique_ptr<ipc::Client> client_;
};

}  // namespace vcs::test
