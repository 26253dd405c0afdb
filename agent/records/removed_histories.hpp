// SPDX-License-Identifier: Apache-2.0
// Removed histories: they are not watched any more, stay in the folder of the repositories, and can
// be taken up again. A history that is to be deleted waits for its time under the name
// removed+<seconds>+<folder>, which no repository can have.
//
// All functions here ask the disk; from any thread.
#pragma once

#include <string>
#include <vector>

#include "config/repository_file.hpp"
#include "core/base/filesystem.hpp"
#include "core/base/log.hpp"

namespace vcs::agent::records {

// How long a deleted history can be taken up again.
inline constexpr base::Nanos kRemovedKept = std::chrono::hours(7 * 24);

struct RemovedHistory {
  std::string folder;  // its name in the folder of the repositories
  config::RepositoryFile file;
  base::UnixNanos expires{};  // 0: it is never deleted by itself
  base::UnixNanos removed{};  // when; 0: unknown
  std::string key;            // its folder's name while it was watched
};

// Lists removed histories by folder. Leaves out those that cannot be read or are being deleted.
std::vector<RemovedHistory> list_removed(base::Directory& repositories);

// Makes the history in `folder` a removed one: no agent opens it from now on.
Result<void> take_out(base::Directory& repositories, const std::string& folder);
// The same, and a sweep deletes it after `expires`. Returns the folder's new name.
Result<std::string> put_aside(base::Directory& repositories, const std::string& folder,
                              base::UnixNanos expires);
// The same, but it cannot be brought back: any sweep deletes it.
Result<std::string> doom(base::Directory& repositories, const std::string& folder);
// Undoes take_out() and put_aside(), with `removed.file` as the description from then on. Returns
// the folder's name.
Result<std::string> bring_back(base::Directory& repositories, const RemovedHistory& removed);

// The histories that `wanted` names: by a name, a key, or the beginning of an id.
std::vector<RemovedHistory> find_removed(std::vector<RemovedHistory> all,
                                         const std::string& wanted);

// Deletes the doomed histories, whatever the time is.
void sweep_doomed(base::Directory& repositories, const base::Log& log);
// Deletes these and the histories that have expired.
void sweep_removed(base::Directory& repositories, base::UnixNanos now, const base::Log& log);

}  // namespace vcs::agent::records
