// SPDX-License-Identifier: Apache-2.0
// The members of Context that ask the disk, the configuration or the agent.
#include "cli/context.hpp"

#include <poll.h>

#include "cli/path_mapping.hpp"
#include "config/load.hpp"
#include "config/paths.hpp"
#include "ipc/client.hpp"

namespace vcs::cli {

bool Context::cancelled() const {
  pollfd waiting{parts_.cancel_fd, POLLIN, 0};
  return parts_.cancel_fd >= 0 && ::poll(&waiting, 1, 0) > 0;
}

Result<ipc::Client> Context::connect(Start start) const {
  if (line().has("--no-start")) start = Start::never;
  VCS_ASSIGN(ipc::Client client, parts_.connect(start));
  client.cancel_on(parts_.cancel_fd);
  return client;
}

Result<config::Paths> Context::paths() const {
  const auto home =
      line().has("--home") ? std::optional<std::string>(line().text("--home")) : std::nullopt;
  return config::resolve_paths(environment(), home, working_directory());
}

Result<config::Loaded> Context::configuration() const {
  VCS_ASSIGN(const config::Paths found, paths());
  return config::load(found, environment(), filesystem());
}

Result<std::string> Context::from_here(const std::string& path) const {
  if (path.starts_with('/')) return path;
  if (!working_directory().empty()) return working_directory() + "/" + path;
  return fail(ErrorCode::not_found,
              "the current folder cannot be found, so {} means nothing; name it with an "
              "absolute path",
              escaped(path));
}

Result<std::string> Context::existing_folder(const std::string& path) const {
  auto real = filesystem().canonical(path);
  if (!real && real.error().code == ErrorCode::not_found)
    return fail(ErrorCode::not_found, "there is no folder '{}'", escaped(path));
  return real;
}

Result<std::string> Context::folder(const std::string& text) const {
  VCS_ASSIGN(const std::string wanted, from_here(text));
  return existing_folder(wanted);
}

Result<std::string> Context::new_folder(const std::string& text) const {
  VCS_ASSIGN(std::string wanted, from_here(text));
  auto existing = filesystem().canonical(wanted);
  if (existing) return existing;
  while (wanted.size() > 1 && wanted.ends_with('/')) wanted.pop_back();
  const auto slash = wanted.rfind('/');
  const std::string name = wanted.substr(slash + 1);
  if (name == "." || name == "..") return existing;
  VCS_ASSIGN(const std::string parent, existing_folder(slash == 0 ? "/" : wanted.substr(0, slash)));
  return absolute_path(name, parent);
}

std::string Context::without_dots(const std::string& path) const {
  std::size_t end = path.ends_with("/..") ? path.size() : std::string::npos;
  if (const auto inner = path.rfind("/../"); end == std::string::npos && inner != end)
    end = inner + 3;
  if (end != std::string::npos)
    if (const auto real = filesystem().canonical(path.substr(0, end)))
      return absolute_path(path.substr(std::min(end + 1, path.size())), *real);
  return absolute_path(path, "/");
}

Result<std::string> Context::remote_url(const std::string& text) const {
  if (!names_folder(text)) return text;
  VCS_ASSIGN(const std::string folder, from_here(text));
  return folder_url(without_dots(folder));
}

}  // namespace vcs::cli
