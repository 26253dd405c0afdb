// SPDX-License-Identifier: Apache-2.0
// Histories that nobody watches any more, in the folder of the repositories: they can be taken up
// again. One that is to be deleted waits for its time under a name of its own,
// removed+<seconds>+<folder>, which no repository can have.
//
// Everything here asks the disk; from any thread.
#pragma once

#include <string>
#include <vector>

#include "config/repository_file.hpp"
#include "core/base/filesystem.hpp"
#include "core/base/log.hpp"

namespace vcs::agent::records {

// So long a deleted history can be taken up again.
inline constexpr base::Nanos kRemovedKept = std::chrono::hours(7 * 24);

struct RemovedHistory {
  std::string folder;  // its name in the folder of the repositories
  config::RepositoryFile file;
  base::UnixNanos expires{};  // 0: it is never deleted by itself
  base::UnixNanos removed{};  // when; 0: the filesystem cannot tell
  std::string key;            // its folder's name while it was watched
};

// By folder. What cannot be read is left out, and what is being deleted.
std::vector<RemovedHistory> list_removed(base::Directory& repositories);

// From now on no agent opens it.
Result<void> take_out(base::Directory& repositories, const std::string& folder);
// The same, and it is deleted when its time comes. Gives the folder's new name.
Result<std::string> put_aside(base::Directory& repositories, const std::string& folder,
                              base::UnixNanos expires);
// From now on nothing of it can be had back: what is left of it goes with any sweep.
Result<std::string> doom(base::Directory& repositories, const std::string& folder);
// Undoes the first two, with `removed.file` as its description from then on. Gives the folder's
// name.
Result<std::string> bring_back(base::Directory& repositories, const RemovedHistory& removed);

// Those that `wanted` means: a name, a key, or the beginning of an id.
std::vector<RemovedHistory> find_removed(std::vector<RemovedHistory> all,
                                         const std::string& wanted);

// Deletes those that were given up for good, whatever the time is.
void sweep_doomed(base::Directory& repositories, const base::Log& log);
// Deletes those whose time has come, too.
void sweep_removed(base::Directory& repositories, base::UnixNanos now, const base::Log& log);

}  // namespace vcs::agent::records
