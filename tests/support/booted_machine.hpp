// SPDX-License-Identifier: Apache-2.0
// A machine that systemd boots. It is a container that the test makes, with the programs of this
// machine, a disk of its own that outlives a reboot, and one person, whose service manager runs as
// if she were logged in. The programs under test lie in its folder kPrograms.
#pragma once

#include <string>
#include <vector>

#include "tests/support/real_agent.hpp"

namespace vcs::test {

class BootedMachine {
 public:
  static constexpr const char* kPrograms = "/opt/vcsd";
  static constexpr const char* kHome = "/home/ada";

  // False if this system cannot run one; then the test's output says so.
  static bool possible();

  BootedMachine();
  ~BootedMachine();
  BootedMachine(const BootedMachine&) = delete;
  BootedMachine& operator=(const BootedMachine&) = delete;

  // Stops the person's services, then the machine, and boots it again.
  void reboot();
  // Installs the programs again as an upgrade does: new files under the old names.
  void install_programs();

  // Run a command as the person: in her session, or as cron does, without its variables.
  CommandResult person(const std::string& shell) const { return as_person(shell, true); }
  CommandResult cron(const std::string& shell) const { return as_person(shell, false); }
  CommandResult root(const std::string& shell) const;

 private:
  CommandResult as_person(const std::string& shell, bool session) const;
  void boot();
  void halt();

  TemporaryFolder disk_;
  pid_t holder_ = -1, first_process_ = -1;  // the second: systemd, by its id out here
};

}  // namespace vcs::test
