// SPDX-License-Identifier: Apache-2.0
// Puts one small object, checks it after each call, and removes it.
#include "core/sync/remote_proof.hpp"

#include <algorithm>

#include "core/sync/remote_catalog.hpp"

namespace vcs::sync {

namespace {

using remote::PutMode;
using remote::RemoteStore;

Result<void> check_owner(RemoteStore& remote, const std::string& repository_id,
                         const store::ObjectStore& store) {
  const auto config = read_remote_config(remote);
  if (config) return check_repository(*config, repository_id);
  if (!tells_of_loss(config.error())) return tl::unexpected(config.error());
  VCS_ASSIGN(const auto ours, holds_history_of(remote, store));
  bool empty = true;
  VCS_TRY(remote.list(remote::layout::kPacksPrefix, [&](const auto&) { return empty = false; }));
  if (ours.value_or(empty)) return {};
  return fail(
      ErrorCode::invalid,
      "{}, and nothing else there shows that it holds this repository's history; use another place",
      config.error().message);
}

Bytes random_bytes(base::Random& random) {
  Bytes bytes(512);
  random.fill(bytes);
  return bytes;
}

Result<void> check_content(RemoteStore& remote, const std::string& name, const Bytes& expected) {
  VCS_ASSIGN(const Bytes there, remote.get(name));
  if (there == expected) return {};
  return fail(ErrorCode::corrupt,
              "a test object that was read there differs from the one that was put there");
}

Result<void> check_listed(RemoteStore& remote, const std::string& name, bool expected) {
  bool found = false;
  VCS_TRY(remote.list(name, [&](const remote::ObjectInfo& info) {
    found = found || info.name == name;
    return true;
  }));
  if (found == expected) return {};
  return fail(ErrorCode::corrupt, "its list of objects is {}",
              found ? "out of date" : "incomplete");
}

Result<void> use(RemoteStore& remote, const std::string& name, base::Random& random) {
  const Bytes first = random_bytes(random), second = random_bytes(random);
  VCS_TRY(remote.put(name, first, PutMode::if_absent));
  VCS_TRY(check_content(remote, name, first));
  VCS_TRY(check_listed(remote, name, true));
  VCS_TRY(remote.replace_if(name, first, second));
  VCS_TRY(check_content(remote, name, second));
  VCS_TRY(remote.remove(name));
  return check_listed(remote, name, false);
}

}  // namespace

Result<void> prove_remote(RemoteStore& remote, const std::string& repository_id,
                          const store::ObjectStore& store, base::Random& random) {
  VCS_TRY(check_owner(remote, repository_id, store));
  const std::string name = "probe-" + random.hex(8);
  auto used = use(remote, name, random);
  if (used) return {};
  (void)remote.remove(name);
  return tl::unexpected(
      std::move(used).error().with_context("this place was tried and cannot hold copies"));
}

}  // namespace vcs::sync
