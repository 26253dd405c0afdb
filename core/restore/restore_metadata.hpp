// SPDX-License-Identifier: Apache-2.0
// Sets and compares owner, mode, time and attributes of restored files and folders.
//
// Content comes first: metadata that cannot be set are reported and fail nothing else. The set of
// attributes becomes equal to the entry's: attributes that the entry lacks are removed, also those
// that a new file got from its folder.
#pragma once

#include <optional>

#include "core/base/filesystem.hpp"
#include "core/object/tree_node.hpp"
#include "core/restore/restore_types.hpp"

namespace vcs::restore {

// The permission bits that a restore gives. Setuid, and setgid of files, grant the rights of an
// owner, so they come back only together with the owner. Setgid of a folder grants none.
std::uint32_t mode_to_restore(const object::TreeEntry& entry, const RestoreOptions& options);

// Sets all metadata of a new file or folder, in an order in which no step undoes an earlier one:
// attributes while the owner may still write, owner (which clears setuid), mode, and the time last.
// Returns a list of those that could not be set, for a person; "": all are set. `inherits`: the
// file may have got attributes from its folder.
std::string restore_metadata(base::File& file, const object::TreeEntry& entry,
                             const RestoreOptions& options, bool inherits);
std::string restore_metadata(base::Directory& directory, const object::TreeEntry& entry,
                             const RestoreOptions& options);
std::string restore_link_metadata(base::Directory& directory, const std::string& name,
                                  const object::TreeEntry& entry, const RestoreOptions& options);

// The same for a file or folder that existed before; changes only what differs from `standing`.
std::string correct_metadata(base::File& file, const base::FileStat& standing,
                             const object::TreeEntry& entry, const RestoreOptions& options);
std::string correct_metadata(base::Directory& directory, const base::FileStat& standing,
                             const object::TreeEntry& entry, const RestoreOptions& options);

// A list of the metadata that differ, for a person; "": none. The time of a folder does not count,
// as every change in the folder sets it.
std::string metadata_difference(base::File& file, const base::FileStat& standing,
                                const object::TreeEntry& entry, const RestoreOptions& options);
std::string metadata_difference(base::Directory& directory, const base::FileStat& standing,
                                const object::TreeEntry& entry, const RestoreOptions& options);
std::string link_difference(const base::FileStat& standing, const object::TreeEntry& entry,
                            const RestoreOptions& options);

// True if new entries in a folder with these attributes get some of them.
bool gives_attributes(const Result<std::vector<base::ExtendedAttribute>>& attributes);

}  // namespace vcs::restore
