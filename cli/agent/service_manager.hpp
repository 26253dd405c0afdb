// SPDX-License-Identifier: Apache-2.0
// The person's service manager, systemd or launchd, and our unit there.
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
  // `invalid` where no home tells the unit's place.
  static Result<ServiceManager> of(const config::Environment& environment,
                                   base::FileSystem& filesystem);

  const char* name() const { return name_; }
  const std::string& unit() const { return unit_; }  // path of our unit file

  // For people who want to see them first.
  std::vector<CommandLine> start_commands() const { return {reload_, enable_, start_}; }
  std::vector<CommandLine> stop_commands() const { return {disable_}; }
  std::vector<CommandLine> forget_commands() const { return {reload_}; }

  struct State {
    bool active = false, failed = false;
    pid_t process = 0;   // of the agent that it runs; 0: none
    std::string status;  // what the agent said last
    std::string result;  // how it ended: "exit-code", "start-limit-hit"
    int exit_status = 0;
  };
  // `unavailable` where no manager of this person's can be reached.
  Result<State> state() const;

  // The unit of the home is installed and starts with the session, from our own file or the
  // system's. `home` as in service_home().
  bool has_unit_for(const std::optional<std::string>& home) const;
  // So does the system's own unit for this person, vcsd@NAME, from the start of the machine on.
  bool has_system_unit() const;

  Result<void> enable() const;
  // Each returns when the agent listens, or tells why it does not.
  Result<void> start() const;
  Result<void> restart() const;
  Result<void> disable() const;
  Result<void> reload() const;
  // Takes the unit out of the session where no manager can be asked to.
  void forget_by_hand() const;

 private:
  ServiceManager(config::Environment environment, base::FileSystem& filesystem)
      : environment_(std::move(environment)), filesystem_(filesystem) {}
  Result<void> run(const CommandLine& line) const;
  Result<void> run_and_tell(const CommandLine& line) const;
  std::string last_words() const;

  const char* name_ = "";
  std::string unit_, wants_;            // the second: what makes it start with the session
  std::vector<std::string> elsewhere_;  // units that the system brought and somebody enabled
  config::Environment environment_;
  base::FileSystem& filesystem_;
  CommandLine reload_, enable_, start_, restart_, disable_, show_;
};

// The home that the service shall use: given, or set in the environment; else the usual one.
std::optional<std::string> service_home(const config::Environment& environment,
                                        const config::Paths& paths, bool home_given);

}  // namespace vcs::cli
