// SPDX-License-Identifier: Apache-2.0
// Proves that a place can hold the copies of a repository, before anybody relies on it.
#pragma once

#include <string>

#include "core/base/random.hpp"
#include "core/remote/remote_store.hpp"
#include "core/store/object_store.hpp"

namespace vcs::sync {

// Puts an object there, reads it back, lists it, replaces it, and removes it: the calls that
// copying makes. Before that, refuses (`invalid`) a place with the history of another repository,
// and one whose configuration is lost or damaged while `store` knows no head there. The push
// repairs or reports any other fault.
Result<void> prove_remote(remote::RemoteStore& remote, const std::string& repository_id,
                          const store::ObjectStore& store, base::Random& random);

}  // namespace vcs::sync
