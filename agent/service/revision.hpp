// SPDX-License-Identifier: Apache-2.0
// Finds the commit that a person means: by an id, a unique prefix, HEAD, HEAD~N, @{15:40},
// @{2 hours ago}.
#pragma once

#include <string>

#include "core/base/clock.hpp"
#include "core/history/history.hpp"

namespace vcs::agent::service {

using Revision = history::CommitStep;

// not_found: no such commit, or none that old. invalid: `text` is empty or not understood, or a
// prefix that several commits share (the message lists them). Any form may be followed by ~N or ^.
// Times are in the time zone of this process. Reads the store; not for the loop.
Result<Revision> resolve_revision(history::Repository& repository, const std::string& text,
                                  base::UnixNanos now);

// The newest commit that is not younger than `time`; the first one of all, and `before_history`, if
// all are.
Result<Revision> revision_at(history::Repository& repository, base::UnixNanos time,
                             bool& before_history);

}  // namespace vcs::agent::service
