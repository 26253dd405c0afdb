// SPDX-License-Identifier: Apache-2.0
// The list of stores that a URL can name, and the one place where wrappers are put on.
#pragma once

#include <functional>
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

// What drivers and wrappers need from outside; all outlive the stores opened with them.
struct RemoteServices {
  base::FileSystem& filesystem;
  const base::Clock& clock;
  base::Random& random;
  base::Log log;
  base::Sleeper sleep = base::thread_sleeper();
};

// Whether a store that is not there may be made: yes when a person adds a remote, never later.
enum class OpenRemote { create, existing };

struct RemoteDriver {
  const char* scheme;
  const char* help;  // one line: the form of its URL and what it is
  bool lasts;        // keeps what is put there; only such a store can be opened here
  Result<std::unique_ptr<RemoteStore>> (*open)(const base::Url& url, OpenRemote mode,
                                               const RemoteServices& services);
  // The URL as it may be shown and logged.
  std::string (*redacted)(const base::Url& url);
};

std::span<const RemoteDriver> remote_drivers();

// A URL with a known scheme, or an absolute path, which means file://. `invalid` names the schemes
// whose stores last.
Result<base::Url> parse_remote_url(std::string_view text);

// Without its secret; text that is no URL is not repeated.
std::string redacted_remote_url(std::string_view text);

// The bare driver.
Result<std::unique_ptr<RemoteStore>> open_remote(std::string_view url, OpenRemote mode,
                                                 const RemoteServices& services);

struct WrapOptions {
  std::string label;  // in the log: the remote's name or its redacted URL
  remote::wrappers::Limits limits;
  remote::wrappers::RetryOptions retry;
};
// retry(limit(log(store))): every attempt is limited and has its line.
std::unique_ptr<RemoteStore> wrap_remote(std::unique_ptr<RemoteStore> store, WrapOptions options,
                                         const RemoteServices& services);

// The driver with its wrappers on. Whoever uses remotes is given the way to open them, so that a
// simulation can put its own in the place of all drivers.
Result<std::unique_ptr<RemoteStore>> open_wrapped_remote(std::string_view url, OpenRemote mode,
                                                         WrapOptions options,
                                                         const RemoteServices& services);
using RemoteOpener = std::function<decltype(open_wrapped_remote)>;

}  // namespace vcs::remote::registry
