// SPDX-License-Identifier: Apache-2.0
// The places of all files: below VCSD_HOME if it is set, else in the XDG directories.
//
//                VCSD_HOME or --home          otherwise
//   config       HOME/config.toml             ~/.config/vcsd/config.toml
//   data         HOME                         ~/.local/share/vcsd
//   repositories HOME/repositories            ~/.local/share/vcsd/repositories
//   logs         HOME/logs                    ~/.local/share/vcsd/logs
//   socket       HOME/vcsd.sock               $XDG_RUNTIME_DIR/vcsd/vcsd.sock, or
//                                             ~/.local/share/vcsd/run/vcsd.sock without that
//
// Pure: nothing here reads the filesystem or the process.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/environment.hpp"
#include "config/settings.hpp"
#include "core/base/result.hpp"

namespace vcs::config {

// All are absolute. The code that first writes into a folder makes it, with mode 0700.
struct Paths {
  std::string config_file{};
  std::string data{};
  std::string repositories{};
  std::string logs{};
  std::string socket{};  // the default one; see socket_path()
  bool operator==(const Paths&) const = default;
};

// `home` is the value of --home: it overrides VCSD_HOME. A relative `home` is taken from
// `working_directory` ("": not known, then `invalid`). XDG variables that are not absolute count as
// not set, as their specification asks. `invalid` also if there is no home, or if VCSD_HOME is
// relative, because it would mean another place in every folder.
Result<Paths> resolve_paths(const Environment& environment, const std::optional<std::string>& home,
                            const std::string& working_directory);

// The socket to use: agent.socket, else the default. `invalid` if the system cannot bind it.
Result<std::string> socket_path(const Paths& paths, const AgentSettings& settings);

// Checks that `path` is absolute and fits into a socket's address (107 bytes on Linux).
Result<void> check_socket_path(std::string_view path);

}  // namespace vcs::config
