// SPDX-License-Identifier: Apache-2.0
// The table of drivers, by scheme.
#include "core/remote/registry/remote_registry.hpp"

#include <array>

#include "core/remote/drivers/file/file_remote.hpp"
#include "core/remote/wrappers/logged_remote.hpp"

namespace vcs::remote::registry {

namespace {

using base::Url;
using Opened = Result<std::unique_ptr<RemoteStore>>;

std::string known_schemes();

Opened open_file(const Url& url, OpenRemote mode, const RemoteServices& services) {
  if (!url.host.empty() && url.host != "localhost")
    return fail(ErrorCode::invalid,
                "file://{}… names another computer; mount its folder and give the path here, as in "
                "file:///mnt/backup",
                url.host);
  return remote::drivers::open_file_remote(
      url.path, mode == OpenRemote::create,
      {services.filesystem, services.clock, services.random, services.sleep, services.log});
}

// Always refuses: a copy in memory ends with the agent. Tests and simulations make their own.
Opened open_memory(const Url&, OpenRemote, const RemoteServices&) {
  return fail(ErrorCode::invalid,
              "memory:// keeps nothing, so no copy can be there; use a folder or a URL of: {}",
              known_schemes());
}

std::string redacted(const Url& url) {
  return url.redacted();
}

constexpr std::array kDrivers = {
    RemoteDriver{"file", "file:///path or /path: a folder on another disk or a mounted share", true,
                 open_file, redacted},
    RemoteDriver{"memory", "memory://name: nothing is kept; for tests", false, open_memory,
                 redacted},
};

const RemoteDriver* find_driver(std::string_view scheme) {
  for (const RemoteDriver& driver : kDrivers)
    if (driver.scheme == scheme) return &driver;
  return nullptr;
}

std::string known_schemes() {
  std::string list;
  for (const RemoteDriver& driver : kDrivers)
    if (driver.lasts) list += (list.empty() ? "" : ", ") + std::string(driver.scheme);
  return list;
}

}  // namespace

std::span<const RemoteDriver> remote_drivers() {
  return kDrivers;
}

Result<Url> parse_remote_url(std::string_view text) {
  if (text.starts_with('/')) {
    Url url;
    url.scheme = "file";
    url.path = text;
    return url;
  }
  if (text.find("://") == std::string_view::npos)
    return fail(ErrorCode::invalid,
                "a remote is an absolute path or a URL such as file:///mnt/backup; known schemes: "
                "{}",
                known_schemes());
  VCS_ASSIGN(Url url, base::parse_url(text));
  if (find_driver(url.scheme) == nullptr)
    return fail(ErrorCode::invalid, "{}:// is not supported yet; use a folder or a URL of: {}",
                url.scheme, known_schemes());
  return url;
}

std::string redacted_remote_url(std::string_view text) {
  const auto url = parse_remote_url(text);
  if (!url) return "(no remote URL)";
  if (text.starts_with('/')) return std::string(text);
  return find_driver(url->scheme)->redacted(*url);
}

Opened open_remote(std::string_view url, OpenRemote mode, const RemoteServices& services) {
  VCS_ASSIGN(const Url parsed, parse_remote_url(url));
  return find_driver(parsed.scheme)->open(parsed, mode, services);
}

std::unique_ptr<RemoteStore> wrap_remote(std::unique_ptr<RemoteStore> store, WrapOptions options,
                                         const RemoteServices& services) {
  store = remote::wrappers::make_logged_remote(std::move(store), std::move(options.label),
                                               services.clock, services.log);
  store = remote::wrappers::make_limited_remote(std::move(store), options.limits, services.clock,
                                                services.sleep);
  return remote::wrappers::make_retrying_remote(std::move(store), options.retry, services.random,
                                                services.sleep);
}

Opened open_wrapped_remote(std::string_view url, OpenRemote mode, WrapOptions options,
                           const RemoteServices& services) {
  VCS_ASSIGN(auto store, open_remote(url, mode, services));
  return wrap_remote(std::move(store), std::move(options), services);
}

}  // namespace vcs::remote::registry
