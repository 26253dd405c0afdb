// SPDX-License-Identifier: Apache-2.0
// The user's service manager, systemd or launchd, and our unit there.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "cli/agent/subprocess.hpp"
#include "config/paths.hpp"
#include "core/base/filesystem.hpp"

namespace vcs::cli {

class ServiceManager {
 public:
  // `invalid` if HOME does not give the place of the unit.
  static Result<ServiceManager> of(const config::Environment& environment,
                                   base::FileSystem& filesystem);

  const char* name() const { return name_; }
  const std::string& unit() const { return unit_; }  // path of our unit file

  // The commands as text, for people who want to see them first.
  std::vector<CommandLine> start_commands() const { return {reload_, enable_, start_}; }
  std::vector<CommandLine> stop_commands() const { return {disable_}; }
  std::vector<CommandLine> forget_commands() const { return {reload_}; }

  struct State {
    bool active = false, failed = false;
    pid_t process = 0;   // of the agent that the service runs; 0: none
    std::string status;  // the agent's last status text
    std::string result;  // how the service ended: "exit-code", "start-limit-hit"
    int exit_status = 0;
  };
  // `unavailable` if the user's manager cannot be reached.
  Result<State> state() const;

  // Whether the unit of `home` is installed and starts with the session, from our own file or the
  // system's. `home` as in service_home().
  bool has_unit_for(const std::optional<std::string>& home) const;
  // Whether the system's unit for this user, vcsd@NAME, starts with the machine.
  bool has_system_unit() const;

  Result<void> enable() const;
  // Both return when the agent listens, or with the reason why it does not.
  Result<void> start() const;
  Result<void> restart() const;
  Result<void> disable() const;
  Result<void> reload() const;
  // Removes the unit from the session without the manager, if none can be reached.
  void forget_by_hand() const;

 private:
  ServiceManager(config::Environment environment, base::FileSystem& filesystem)
      : environment_(std::move(environment)), filesystem_(filesystem) {}
  Result<void> run(const CommandLine& line) const;
  Result<void> run_and_tell(const CommandLine& line) const;
  std::string last_words() const;

  const char* name_ = "";
  std::string unit_, wants_;            // wants_: the link by which it starts with the session
  std::vector<std::string> elsewhere_;  // links of units from a package that somebody enabled
  config::Environment environment_;
  base::FileSystem& filesystem_;
  CommandLine reload_, enable_, start_, restart_, disable_, show_;
};

// The home that the service must use: from --home or VCSD_HOME; nullopt: the default one.
std::optional<std::string> service_home(const config::Environment& environment,
                                        const config::Paths& paths, bool home_given);

}  // namespace vcs::cli
