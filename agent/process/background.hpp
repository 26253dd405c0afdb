// SPDX-License-Identifier: Apache-2.0
// Puts the agent into the background, as a daemon.
#pragma once

#include <string>

#include "agent/process/log_file.hpp"
#include "core/base/file_descriptor.hpp"
#include "core/base/filesystem.hpp"

namespace vcs::agent::process {

// The started process forks a child, which becomes the agent, and waits until the child listens:
// then a client can connect at once. If the child ends before that, the started process shows why
// and fails.
class Background {
 public:
  // Returns in the child only: in a session of its own, with a log below `logs` as its standard
  // error. To be called before any thread is started.
  static Result<Background> enter(const std::string& logs, base::FileSystem& filesystem);
  // The agent stays in the foreground; no parent waits.
  Background() = default;

  // Both let the parent end; failed() gives it the error to show.
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
