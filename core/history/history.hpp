// SPDX-License-Identifier: Apache-2.0
// Questions about the chain of commits. The commit graph answers for the commits that it has; the
// walk from parent to parent answers for the others. Both give the same answers.
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

// The commit `generations` before `from`; nothing if the history is shorter.
Result<std::optional<CommitStep>> ancestor(Repository& repository, CommitStep from,
                                           std::uint64_t generations);

// The first commit on the walk back from `from`, `from` included, that is not younger than `time`;
// nothing: all are younger. Times need not ascend: a clock may have been set back.
Result<std::optional<CommitStep>> not_younger(Repository& repository, CommitStep from,
                                              base::UnixNanos time);

// The first commit of the history of `from`.
Result<CommitStep> oldest(Repository& repository, CommitStep from);

// Walks back from `from` and visits each commit that changed the content or type of `path` or of
// anything below it; every commit if `path` is empty. The walk ends when the visitor returns false,
// or when `stopped` returns true; the walk asks it now and then.
using StepVisitor = std::function<bool(const CommitStep&)>;
Result<void> visit_history(Repository& repository, CommitStep from, std::string_view path,
                           const StepVisitor& visitor, const std::function<bool()>& stopped);

}  // namespace vcs::history
