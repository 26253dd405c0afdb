// SPDX-License-Identifier: Apache-2.0
// What every part of a watched repository gets.
#pragma once

#include <string>

#include "agent/context.hpp"
#include "agent/loop/errands.hpp"
#include "config/repository_file.hpp"

namespace vcs::agent::repository {

// Loop thread only. Outlives the parts.
struct RepositoryContext {
  Context& agent;
  loop::Errands& errands;              // closing the repository waits for the last of them
  const config::RepositoryFile& file;  // its description, as it is now
  const std::string& data;             // its own folder

  // Both write a line to the log and send an event to listeners.
  void warn(const std::string& event, const std::string& text) const {
    agent.log.warning("{}: {}", file.name, text);
    agent.announce(file.name, event, text, "");
  }
  void report_problem(const std::string& text) const {
    agent.log.error("{}: {}", file.name, text);
    agent.announce(file.name, "problem", text, "");
  }
};

}  // namespace vcs::agent::repository
