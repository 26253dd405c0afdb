// SPDX-License-Identifier: Apache-2.0
// Owner, mode, time and attributes of restored files and folders.
#pragma once

#include "core/base/filesystem.hpp"
#include "core/object/tree_node.hpp"
#include "core/snapshot/restorer.hpp"

namespace vcs::snapshot {

// The permission bits that a restore gives. Setuid and setgid grant the rights of an owner, so they
// come back only together with the owner.
std::uint32_t mode_to_restore(const object::TreeEntry& entry, const RestoreOptions& options);

// Sets everything, in the order in which nothing undoes what came before: attributes while the
// owner may still write, owner (which clears setuid), mode, and the time last. Attributes that this
// system or this user cannot set are left out.
base::Result<void> restore_metadata(base::File& file, const object::TreeEntry& entry,
                                    const RestoreOptions& options);
base::Result<void> restore_metadata(base::Directory& directory, const object::TreeEntry& entry,
                                    const RestoreOptions& options);

// The same for a file that exists already, touching only what differs from `standing`. Attributes
// that the entry lacks stay.
base::Result<void> mend_metadata(base::File& file, const base::FileStat& standing,
                                 const object::TreeEntry& entry, const RestoreOptions& options);

}  // namespace vcs::snapshot
