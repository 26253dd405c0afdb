// SPDX-License-Identifier: Apache-2.0
// A machine that is booted with systemd: a container of our own making, with this machine's
// programs, a disk of its own that outlives a reboot, and one person, whose service manager runs as
// if she were logged in. Our programs lie in its folder kPrograms.
#pragma once

#include <string>
#include <vector>

#include "tests/support/real_agent.hpp"

namespace vcs::test {

class BootedMachine {
 public:
  static constexpr const char* kPrograms = "/opt/vcsd";
  static constexpr const char* kHome = "/home/ada";

  // False, and a word about it in the test's output, where none can be had here.
  static bool possible();

  BootedMachine();
  ~BootedMachine();
  BootedMachine(const BootedMachine&) = delete;
  BootedMachine& operator=(const BootedMachine&) = delete;

  // Lets the person's services end, ends all, and boots again.
  void reboot();
  // Puts the programs in their place anew, as an upgrade does: new files under the old names.
  void install_programs();

  // As the person: in her session, or as cron would, without its variables.
  CommandResult person(const std::string& shell) const { return as_person(shell, true); }
  CommandResult cron(const std::string& shell) const { return as_person(shell, false); }
  CommandResult root(const std::string& shell) const;

 private:
  CommandResult as_person(const std::string& shell, bool session) const;
  void boot();
  void halt();

  TemporaryFolder disk_;
  pid_t holder_ = -1, first_process_ = -1;  // the second: systemd, as we see it
};

}  // namespace vcs::test
