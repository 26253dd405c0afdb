// SPDX-License-Identifier: Apache-2.0
// The table of drivers that a URL can name, and the only function that adds the wrappers.
#pragma once

#include <memory>
#include <span>

#include "core/base/filesystem.hpp"
#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "core/base/sleeper.hpp"
#include "core/base/url.hpp"
#include "core/remote/remote_store.hpp"
#include "core/remote/wrappers/limited_remote.hpp"
#include "core/remote/wrappers/retrying_remote.hpp"

namespace vcs::remote::registry {

// The services that drivers and wrappers need; all outlive the stores opened with them.
struct RemoteServices {
  base::FileSystem& filesystem;
  const base::Clock& clock;
  base::Random& random;
  base::Log log;
  base::Sleeper sleep = base::thread_sleeper();
};

// Whether a missing store may be made: `create` only when a person adds a remote, never later.
enum class OpenRemote { create, existing };

struct RemoteDriver {
  const char* scheme;
  const char* help;  // one line: the form of its URL and a description
  bool lasts;        // its objects outlive the process; only such a store can be opened here
  Result<std::unique_ptr<RemoteStore>> (*open)(const base::Url& url, OpenRemote mode,
                                               const RemoteServices& services);
  // The URL without its secret, for messages and the log.
  std::string (*redacted)(const base::Url& url);
};

std::span<const RemoteDriver> remote_drivers();

// A URL with a known scheme, or an absolute path, which means file://. `invalid` names the schemes
// whose stores last.
Result<base::Url> parse_remote_url(std::string_view text);

// The URL without its secret; text that is no URL is not repeated.
std::string redacted_remote_url(std::string_view text);

// Opens a store without wrappers.
Result<std::unique_ptr<RemoteStore>> open_remote(std::string_view url, OpenRemote mode,
                                                 const RemoteServices& services);

struct WrapOptions {
  std::string label;  // for the log: the remote's name or its redacted URL
  remote::wrappers::Limits limits;
  remote::wrappers::RetryOptions retry;
};
// retry(limit(log(store))): every attempt is limited and has a line in the log.
std::unique_ptr<RemoteStore> wrap_remote(std::unique_ptr<RemoteStore> store, WrapOptions options,
                                         const RemoteServices& services);

// Opens a store with its wrappers.
Result<std::unique_ptr<RemoteStore>> open_wrapped_remote(std::string_view url, OpenRemote mode,
                                                         WrapOptions options,
                                                         const RemoteServices& services);

}  // namespace vcs::remote::registry
