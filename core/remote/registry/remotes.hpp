// SPDX-License-Identifier: Apache-2.0
// Opens every remote that the program uses.
//
// It combines the driver, the wrappers and their services. So a simulation replaces all drivers
// here, and a caller passes only the purpose (remote_purpose.hpp).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/log.hpp"
#include "core/base/result.hpp"

namespace vcs::base {
class Clock;
class FileSystem;
class Random;
}  // namespace vcs::base
namespace vcs::remote {
class RemoteStore;
}

namespace vcs::remote::registry {

enum class OpenRemote;
struct RemotePurpose;
struct RemoteServices;
struct WrapOptions;

// Opens a store with its wrappers, as open_wrapped_remote() does.
using RemoteOpener = std::function<Result<std::unique_ptr<RemoteStore>>(
    std::string_view url, OpenRemote mode, WrapOptions options, const RemoteServices& services)>;

// Any thread. Outlives the stores that it opens.
class Remotes {
 public:
  // `opener` empty: open_wrapped_remote().
  Remotes(base::FileSystem& filesystem, const base::Clock& clock, base::Random& random,
          base::Log log, RemoteOpener opener);

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
