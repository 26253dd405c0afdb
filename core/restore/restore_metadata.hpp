// SPDX-License-Identifier: Apache-2.0
// Owner, mode, time and attributes of restored files and folders.
//
// Content comes first: what cannot be set is told and costs nothing else. Sets of attributes are
// made equal: what the entry lacks is removed, also what a new file was given by its folder.
#pragma once

#include <optional>

#include "core/base/filesystem.hpp"
#include "core/object/tree_node.hpp"
#include "core/restore/restore_types.hpp"

namespace vcs::restore {

// The permission bits that a restore gives. Setuid, and setgid of files, grant the rights of an
// owner, so they come back only together with the owner. Setgid of a folder grants none.
std::uint32_t mode_to_restore(const object::TreeEntry& entry, const RestoreOptions& options);

// Sets everything of a new file or folder, in the order in which nothing undoes what came before:
// attributes while the owner may still write, owner (which clears setuid), mode, and the time last.
// Returns what could not be set, for a person; "": all is set. `inherits`: it may have been given
// attributes when it was made.
std::string restore_metadata(base::File& file, const object::TreeEntry& entry,
                             const RestoreOptions& options, bool inherits);
std::string restore_metadata(base::Directory& directory, const object::TreeEntry& entry,
                             const RestoreOptions& options);
std::string restore_link_metadata(base::Directory& directory, const std::string& name,
                                  const object::TreeEntry& entry, const RestoreOptions& options);

// The same for one that exists already, touching only what differs from `standing`.
std::string mend_metadata(base::File& file, const base::FileStat& standing,
                          const object::TreeEntry& entry, const RestoreOptions& options);
std::string mend_metadata(base::Directory& directory, const base::FileStat& standing,
                          const object::TreeEntry& entry, const RestoreOptions& options);

// What of it differs, for a person; "": nothing. The time of a folder does not count: it follows
// what is in it.
std::string metadata_difference(base::File& file, const base::FileStat& standing,
                                const object::TreeEntry& entry, const RestoreOptions& options);
std::string metadata_difference(base::Directory& directory, const base::FileStat& standing,
                                const object::TreeEntry& entry, const RestoreOptions& options);
std::string link_difference(const base::FileStat& standing, const object::TreeEntry& entry,
                            const RestoreOptions& options);

// True if what is made in a folder with these attributes is given some of them.
bool gives_attributes(const Result<std::vector<base::ExtendedAttribute>>& attributes);

}  // namespace vcs::restore
