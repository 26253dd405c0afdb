// SPDX-License-Identifier: Apache-2.0
// Finds and describes entries of a commit for requests.
#pragma once

#include <string>

#include "agent/service/revision.hpp"
#include "ipc/messages/states.hpp"

namespace vcs::agent::service {

std::string without_trailing_slash(std::string path);

// The entry at `path`; not_found if there is none. The root has no entry.
Result<object::TreeEntry> existing_entry(history::Repository& repository, const Revision& revision,
                                         const std::string& path);

// The id of its content; "" for folders and symlinks.
std::string id_text(const object::TreeEntry& entry);
ipc::FileType file_type(object::EntryType type);

}  // namespace vcs::agent::service
