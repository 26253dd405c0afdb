// SPDX-License-Identifier: Apache-2.0
// What a caller says about a remote that it opens.
#pragma once

#include <atomic>
#include <string>

#include "core/remote/registry/remote_registry.hpp"

namespace vcs::remote::registry {

// Why a remote is opened.
struct RemotePurpose {
  std::string label;  // starts its lines in the log
  OpenRemote mode = OpenRemote::existing;
  wrappers::Limits limits{};
  const std::atomic<bool>* cancel = nullptr;  // checked before each attempt
  base::Sleeper sleep = base::thread_sleeper();
};

}  // namespace vcs::remote::registry
