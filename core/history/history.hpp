// SPDX-License-Identifier: Apache-2.0
// Questions about the chain of commits. The commit graph answers what it knows; what it does not
// know is found by walking from parent to parent. Answers are the same either way.
//
// May be used from any thread.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "core/history/commit_chain.hpp"
#include "core/history/repository.hpp"
#include "core/tree/tree_diff.hpp"

namespace vcs::history {

// The commit `generations` before `from`; nothing if history begins later.
Result<std::optional<CommitStep>> ancestor(Repository& repository, CommitStep from,
                                           std::uint64_t generations);

// The first on the way back, `from` included, that is not younger than `time`; nothing: all are.
// Times need not ascend: a clock may have been set back.
Result<std::optional<CommitStep>> not_younger(Repository& repository, CommitStep from,
                                              base::UnixNanos time);

// The first commit of the history of `from`.
Result<CommitStep> oldest(Repository& repository, CommitStep from);

// Visits, from `from` back, each commit that changed content or type of `path` or of anything below
// it; every commit if `path` is empty. The visitor returns false to stop; `stopped` is asked now
// and then.
using StepVisitor = std::function<bool(const CommitStep&)>;
Result<void> visit_history(Repository& repository, CommitStep from, std::string_view path,
                           const StepVisitor& visitor, const std::function<bool()>& stopped);

}  // namespace vcs::history
