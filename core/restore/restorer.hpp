// SPDX-License-Identifier: Apache-2.0
// Writes entries of a commit back to a folder.
//
// It never follows a symlink out of the target, never writes outside it, and never overwrites or
// deletes unknown content: it leaves a file that differs alone and reports it, unless `overwrite`
// is set. Then it replaces the file if `history` has it, byte for byte: it exchanges the two,
// compares the old file under a hidden name, and puts it back if the history lacks it. It writes
// every file beside its place (".vcsd-<16 hex>.tmp") and renames it into the place, so a file is
// whole or absent whatever happens to the process. It syncs a file that replaces another one before
// the rename. It does not sync new files: after a power cut a person can run the restore again.
// docs/decisions/restore-and-power-cuts.md
//
// A file that has the wanted content is `unchanged`. With `overwrite` its mode, owner, time and
// attributes are set if they differ. Without it nothing that stands changes: a folder keeps its
// time even if a file in it comes back. A file or symlink in the place of a folder is refused, or
// with `overwrite` replaced. A folder that is not empty, a device, a pipe or a socket is never
// removed. Blocks of zeros come back as holes. Setuid bits, setgid bits of files, and capabilities
// come back only with `restore_owner`. Mode, owner, time and attributes that cannot be set are
// reported and fail nothing else. Standing files and folders that their owner may unlock are
// unlocked while the restore works on them.
#pragma once

#include "core/base/random.hpp"
#include "core/restore/restore_types.hpp"

namespace vcs::restore {

// `target` may be null in a dry run: then the folder does not exist yet.
// Fails as a whole only if nothing can be done (a path is not in the tree: not_found, with nothing
// changed) or if it was cancelled. Failures of single entries are counted and reported. A part of
// the tree that cannot be read loses its own entries, no others. With `dry_run` nothing is changed,
// and the result has what a restore would do.
Result<RestoreResult> restore(tree::NodeSource& nodes, store::ObjectStore& store,
                              const object::ObjectId& root, std::unique_ptr<base::Directory> target,
                              base::Random& random, const RestoreOptions& options,
                              const RestoreObserver& observer);

}  // namespace vcs::restore
