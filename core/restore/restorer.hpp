// SPDX-License-Identifier: Apache-2.0
// Writes entries of a commit back to a folder.
//
// It never follows a symlink out of the target, never writes outside it, never overwrites or
// deletes what it does not know: a file in the way that differs is left alone and reported, unless
// `overwrite` is set. Then it goes if `history` has it, byte for byte: it is exchanged for what
// comes, looked at where nobody finds it any more, and put back if the history lacks it. Every file
// is written beside its place (".vcsd-<16 hex>.tmp") and renamed into it, so a file is whole or
// absent whatever happens to the process. What replaces a file is synced before; what is new is
// not, for after a power cut the restore can be run again. docs/decisions/restore-and-power-cuts.md
//
// A file with the content that is wanted is `unchanged`; with `overwrite` its mode, owner, time and
// attributes are set where they differ, and without it nothing of what stands changes: a folder
// keeps its time also when a file in it comes back. What is in the way of a folder is refused, or
// with `overwrite` replaced if it is a file or a symlink; a folder that is not empty is never
// removed, nor is a device, pipe or socket. Blocks of zeros come back as holes. Setuid bits, setgid
// bits of files, and capabilities come back only with `restore_owner`. What of mode, owner, time
// and attributes cannot be set is told, and costs nothing else. Standing files and folders that
// their owner may unlock are unlocked while the restore is at them.
#pragma once

#include "core/base/random.hpp"
#include "core/restore/restore_types.hpp"

namespace vcs::restore {

// `target` is null where a dry run asks what would be made in a folder that is not there.
// Fails as a whole only when nothing can be done (a path that is not in the tree: not_found, with
// nothing touched) or when it was cancelled; trouble with single entries is counted and told. A
// part of the tree that cannot be read costs the entries in it, no others. With `dry_run` nothing
// is touched and the result tells what would be.
Result<RestoreResult> restore(tree::NodeSource& nodes, store::ObjectStore& store,
                              const object::ObjectId& root, std::unique_ptr<base::Directory> target,
                              base::Random& random, const RestoreOptions& options,
                              const RestoreObserver& observer);

}  // namespace vcs::restore
