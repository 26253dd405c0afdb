// SPDX-License-Identifier: Apache-2.0
// The parts of a context that need more than a look.
#include "cli/context.hpp"

#include <poll.h>

#include "cli/path_mapping.hpp"

namespace vcs::cli {

using base::Result;

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

Result<std::string> Context::folder(const std::string& text) const {
  return filesystem().canonical(absolute_path(text, working_directory()));
}

Result<std::string> Context::new_folder(const std::string& text) const {
  const std::string wanted = absolute_path(text, working_directory());
  if (auto existing = filesystem().canonical(wanted)) return existing;
  const auto slash = wanted.rfind('/');
  const auto parent = filesystem().canonical(slash == 0 ? "/" : wanted.substr(0, slash));
  if (!parent) return parent;
  return absolute_path(wanted.substr(slash + 1), *parent);
}

}  // namespace vcs::cli
