// SPDX-License-Identifier: Apache-2.0
// Runs the real vcsd and vcsctl, as a person does, with a home of their own. None of them outlives
// the process that started it, however that ends.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/base/file_descriptor.hpp"
#include "tests/support/temporary_folder.hpp"

namespace vcs::test {

struct CommandResult {
  int status = -1;  // exit status; 128 + signal when killed
  std::string out, err;
};

// Runs a program to its end. `folder` "": this process's own.
CommandResult run_program(const std::vector<std::string>& command, const std::string& folder = "",
                          const std::vector<std::string>& environment = {}, uid_t user = geteuid());

// The path of vcsd or vcsctl: of this build, unless VCS_TEST_PROGRAMS names another folder.
std::string program(const std::string& name);

class RealAgent {
 public:
  // The settings have short delays, so that tests do not wait long; config.toml ends with `config`.
  // Root may run it as another `user`. Its home is `place` (made here), or "": a temporary folder.
  explicit RealAgent(const std::string& config = "", uid_t user = geteuid(),
                     const std::string& place = "");
  ~RealAgent();  // kills the agent
  RealAgent(const RealAgent&) = delete;
  RealAgent& operator=(const RealAgent&) = delete;

  void start();          // launches it, and waits until it answers
  void launch();         // in the foreground, as a child; returns at once
  int stop(int signal);  // sends it and waits; the exit status
  int wait();            // until it ends by itself; the exit status
  pid_t pid() const { return pid_; }
  const std::string& home() const { return place_; }
  std::string log() const;

  CommandResult ctl(const std::vector<std::string>& arguments,
                    const std::string& folder = "") const;
  // The same with --json, parsed; fails the test if it did not exit with 0 or 3.
  nlohmann::json json(const std::vector<std::string>& arguments,
                      const std::string& folder = "") const;
  nlohmann::json repository(const std::string& name = "") const;  // of `status`

 private:
  void guard();

  TemporaryFolder home_;
  std::string place_;
  uid_t user_;
  pid_t pid_ = -1;
  // A child that waits for the end of this process or object and then stops an agent that vcsctl
  // started by itself.
  pid_t guard_ = -1;
  base::FileDescriptor guard_leash_;
};

}  // namespace vcs::test
