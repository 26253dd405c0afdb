// SPDX-License-Identifier: Apache-2.0
// From what a person types to a commit: an id, a unique prefix, HEAD, HEAD~N, @{15:40}, @{2 hours
// ago}.
#pragma once

#include <string>

#include "core/base/clock.hpp"
#include "core/snapshot/history.hpp"

namespace vcs::agent::service {

using Revision = snapshot::CommitStep;

// "" means HEAD. not_found: no such commit, or none that old; invalid: not understood, or a prefix
// that several commits share (the message lists them). Any form may be followed by ~N. Reads the
// store; not for the loop.
base::Result<Revision> resolve_revision(snapshot::Repository& repository, const std::string& text,
                                        base::UnixNanos now);

}  // namespace vcs::agent::service
