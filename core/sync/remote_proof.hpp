// SPDX-License-Identifier: Apache-2.0
// Whether a place can hold the copies of a repository, asked before anybody relies on it.
#pragma once

#include <string>

#include "core/base/random.hpp"
#include "core/remote/remote_store.hpp"
#include "core/store/object_store.hpp"

namespace vcs::sync {

// Puts an object there, reads it back, finds it, replaces it, and removes it again: the same calls
// that copying makes. A place that holds the history of another repository, or whose configuration
// is lost or damaged and no head there is known to `store`, is refused (`invalid`) before anything
// is put. Whatever else is wrong there is for the push to mend or to tell.
Result<void> prove_remote(remote::RemoteStore& remote, const std::string& repository_id,
                          const store::ObjectStore& store, base::Random& random);

}  // namespace vcs::sync
