// SPDX-License-Identifier: Apache-2.0
// VCSD_HOME or XDG, in one place.
#include "config/paths.hpp"

#include <sys/un.h>

namespace vcs::config {

namespace {

// The system needs room for a terminating zero.
constexpr std::size_t kLongestSocketPath = sizeof(sockaddr_un::sun_path) - 1;

bool is_absolute(std::string_view path) {
  return path.starts_with('/');
}

std::string without_trailing_slashes(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

std::string join(const std::string& folder, std::string_view name) {
  return folder.ends_with('/') ? fmt::format("{}{}", folder, name)
                               : fmt::format("{}/{}", folder, name);
}

Paths below_home(const std::string& home) {
  return {.config_file = join(home, "config.toml"),
          .data = home,
          .repositories = join(home, "repositories"),
          .logs = join(home, "logs"),
          .socket = join(home, "vcsd.sock")};
}

// An XDG directory: its variable, or `fallback` in the person's home folder.
Result<std::string> xdg_directory(const Environment& environment, const char* name,
                                  std::string_view fallback) {
  if (const std::string path = variable(environment, name); is_absolute(path)) {
    return join(without_trailing_slashes(path), "vcsd");
  }
  const std::string home = variable(environment, "HOME");
  if (!is_absolute(home)) {
    return fail(ErrorCode::invalid,
                "HOME is not set, so there is no place for data; set HOME or VCSD_HOME, or pass "
                "--home DIR");
  }
  return join(join(without_trailing_slashes(home), fallback), "vcsd");
}

}  // namespace

Result<Paths> resolve_paths(const Environment& environment, const std::optional<std::string>& home,
                            const std::string& working_directory) {
  if (home) {
    if (home->empty()) return fail(ErrorCode::invalid, "--home needs a folder");
    if (!is_absolute(*home) && working_directory.empty())
      return fail(ErrorCode::invalid,
                  "the current folder cannot be found, so --home {} means nothing; give an "
                  "absolute path",
                  *home);
    return below_home(
        without_trailing_slashes(is_absolute(*home) ? *home : join(working_directory, *home)));
  }
  if (const std::string own = variable(environment, "VCSD_HOME"); !own.empty()) {
    if (is_absolute(own)) return below_home(without_trailing_slashes(own));
    return fail(ErrorCode::invalid, "VCSD_HOME must be an absolute path, not '{}'", own);
  }
  VCS_ASSIGN(const std::string config, xdg_directory(environment, "XDG_CONFIG_HOME", ".config"));
  VCS_ASSIGN(const std::string data, xdg_directory(environment, "XDG_DATA_HOME", ".local/share"));
  const std::string runtime = variable(environment, "XDG_RUNTIME_DIR");
  return Paths{.config_file = join(config, "config.toml"),
               .data = data,
               .repositories = join(data, "repositories"),
               .logs = join(data, "logs"),
               .socket = is_absolute(runtime)
                             ? join(without_trailing_slashes(runtime), "vcsd/vcsd.sock")
                             : join(data, "run/vcsd.sock")};
}

Result<std::string> socket_path(const Paths& paths, const AgentSettings& settings) {
  const std::string path = settings.socket.empty() ? paths.socket : settings.socket;
  VCS_TRY(check_socket_path(path));
  return path;
}

Result<void> check_socket_path(std::string_view path) {
  if (!is_absolute(path) || path.find('\0') != std::string_view::npos) {
    return fail(ErrorCode::invalid, "the socket's path must be absolute, not '{}'", path);
  }
  if (path.size() > kLongestSocketPath) {
    return fail(ErrorCode::invalid,
                "the socket's path has {} bytes and the system allows {}: {}; use a shorter "
                "VCSD_HOME, or set agent.socket (VCSD_AGENT_SOCKET) to a shorter path",
                path.size(), kLongestSocketPath, path);
  }
  return {};
}

}  // namespace vcs::config
