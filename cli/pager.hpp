// SPDX-License-Identifier: Apache-2.0
// Runs the person's pager for long output on a terminal.
#pragma once

#include <sys/types.h>

#include <string>

#include "config/environment.hpp"
#include "core/base/file_descriptor.hpp"

namespace vcs::cli {

// The command: VCSCTL_PAGER, else PAGER, else less. "" for no pager: the variable is empty or
// "cat", or the program cannot be found.
std::string pager_command(const config::Environment& environment);

// A pager that reads what is written to input(). The destructor closes the input and waits until
// the person leaves the pager.
class Pager {
 public:
  // Does not run if `command` is "" or does not start. `colour`: the output has colours.
  Pager(const std::string& command, const config::Environment& environment, bool colour);
  ~Pager();
  Pager(const Pager&) = delete;
  Pager& operator=(const Pager&) = delete;

  bool runs() const { return child_ > 0; }
  int input() const { return input_.get(); }

 private:
  base::FileDescriptor input_;
  pid_t child_ = -1;
};

}  // namespace vcs::cli
