// SPDX-License-Identifier: Apache-2.0
// Opens every remote that the program uses.
//
// It combines the driver, the wrappers and their services. So a simulation replaces all drivers
// here, and a caller passes only the purpose.
#pragma once

#include <atomic>
#include <memory>
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

// Any thread. Outlives the stores that it opens.
class Remotes {
 public:
  Remotes(base::FileSystem& filesystem, const base::Clock& clock, base::Random& random,
          base::Log log, RemoteOpener opener)
      : filesystem_(filesystem),
        clock_(clock),
        random_(random),
        log_(std::move(log)),
        opener_(std::move(opener)) {}

  // With the usual retries. May block as long as the remote takes.
  Result<std::unique_ptr<RemoteStore>> open(const std::string& url, RemotePurpose purpose) const;

 private:
  base::FileSystem& filesystem_;
  const base::Clock& clock_;
  base::Random& random_;
  const base::Log log_;
  const RemoteOpener opener_;
};

}  // namespace vcs::remote::registry
