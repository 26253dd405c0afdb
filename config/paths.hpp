// SPDX-License-Identifier: Apache-2.0
// Where things live: everything below VCSD_HOME when it is set, else the XDG directories.
//
//                VCSD_HOME or --home          otherwise
//   config       HOME/config.toml             ~/.config/vcsd/config.toml
//   data         HOME                         ~/.local/share/vcsd
//   repositories HOME/repositories            ~/.local/share/vcsd/repositories
//   logs         HOME/logs                    ~/.local/share/vcsd/logs
//   socket       HOME/vcsd.sock               $XDG_RUNTIME_DIR/vcsd/vcsd.sock, or
//                                             ~/.local/share/vcsd/run/vcsd.sock without that
//
// Pure: nothing here touches the filesystem or the process.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/environment.hpp"
#include "config/settings.hpp"
#include "core/base/result.hpp"

namespace vcs::config {

// All absolute. Folders are made by whoever first writes into them, with mode 0700.
struct Paths {
  std::string config_file{};
  std::string data{};
  std::string repositories{};
  std::string logs{};
  std::string socket{};  // the default one; see socket_path()
  bool operator==(const Paths&) const = default;
};

// `home` is the value of --home: it wins over VCSD_HOME, and a relative one is taken from
// `working_directory` ("": unknown, and then it is `invalid`). XDG variables that are not absolute
// count as not set, as their specification asks. `invalid`: no home to be found, or a relative
// VCSD_HOME, which would mean another place in every folder.
Result<Paths> resolve_paths(const Environment& environment, const std::optional<std::string>& home,
                            const std::string& working_directory);

// The socket to use: agent.socket, else the default. `invalid` if the system cannot bind it.
Result<std::string> socket_path(const Paths& paths, const AgentSettings& settings);

// Absolute, and no longer than a socket's address can be (107 bytes on Linux).
Result<void> check_socket_path(std::string_view path);

}  // namespace vcs::config
