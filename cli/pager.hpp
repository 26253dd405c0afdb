// SPDX-License-Identifier: Apache-2.0
// Long output on a terminal goes through the person's pager.
#pragma once

#include <sys/types.h>

#include <string>

#include "config/environment.hpp"
#include "core/base/file_descriptor.hpp"

namespace vcs::cli {

// What to run: VCSCTL_PAGER, else PAGER, else less; "" for none: a variable is empty or "cat", or
// the program cannot be found.
std::string pager_command(const config::Environment& environment);

// A pager that reads what is written to input(). Ends with its object: the input is closed, and the
// person is waited for.
class Pager {
 public:
  // Not running if `command` is "" or does not start. `colour`: there will be some.
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
