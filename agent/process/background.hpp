// SPDX-License-Identifier: Apache-2.0
// Going to the background, as daemons do.
#pragma once

#include <string>

#include "agent/process/log_file.hpp"
#include "core/base/file_descriptor.hpp"
#include "core/base/filesystem.hpp"

namespace vcs::agent::process {

// The process that was started waits until its child listens, so that whoever started it can speak
// to the agent at once, or until the child ends without, which it tells.
class Background {
 public:
  // The caller is the child when this returns: in a session of its own, with a log below `logs` as
  // its standard error. Before any thread is started.
  static Result<Background> enter(const std::string& logs, base::FileSystem& filesystem);
  // In the foreground; nobody waits.
  Background() = default;

  // Let the parent go, the second with an error that it shows.
  void ready();
  void failed(const Error& error);
  // Null in the foreground.
  const std::shared_ptr<LogFile>& log() const { return log_; }

 private:
  void tell(std::string_view text);

  base::FileDescriptor parent_;
  std::shared_ptr<LogFile> log_;
};

}  // namespace vcs::agent::process
