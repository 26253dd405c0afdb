// SPDX-License-Identifier: Apache-2.0
// A watched folder with the agent that watches it: what most tests of the real programs sit at.
#pragma once

#include <memory>

#include "ipc/client.hpp"
#include "tests/support/real_agent.hpp"

namespace vcs::test {

class Desk {
 public:
  static constexpr const char* kName = "desk";  // of the repository

  explicit Desk(const std::string& config = "", uid_t user = geteuid());

  // Starts the agent, gives it the folder, and waits until all that lies there is in a commit.
  // Returns what `init` said.
  nlohmann::json watch();
  // The connection of this process, made when it is first asked for.
  ipc::Client& client();
  // The commit that an answer speaks of.
  std::string commit();
  std::string wait();  // of `status --wait`
  std::string cat(const std::string& path, const std::string& revision = "HEAD") const;
  // Waits until the agent has made a commit by itself of what is on the disk now.
  void settle();
  // The folder is as the commit says.
  void require_all_in(const std::string& commit);

  TemporaryFolder folder;
  RealAgent agent;  // goes before the folder goes

 private:
  std::string missing_in(const std::string& commit);

  std::unique_ptr<ipc::Client> client_;
};

}  // namespace vcs::test
