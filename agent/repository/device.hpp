// SPDX-License-Identifier: Apache-2.0
// Which device a repository is: the name under which it copies to remotes, one for each working
// copy.
//
// The id belongs to a place: a machine, and the folder of the repository's data. Found in another
// folder of the machine the repository was moved, if nothing is left at the old one, or is a copy.
// On another machine it is a copy. A copy takes an id of its own, so that it never fights with what
// it is a copy of; a new id is harmless where there is doubt. What cannot be seen here (an image of
// a disk) is seen at the remote: see take_new_device().
#pragma once

#include <string>

#include "agent/context.hpp"
#include "config/repository_file.hpp"

namespace vcs::agent::repository {

enum class DeviceOrigin {
  known,  // nothing has changed
  moved,  // it goes on in another place, or in the first one that was looked at
  made,   // new, for a new repository
  copy,   // new, because this is a copy
};

struct Device {
  std::string id;
  DeviceOrigin origin = DeviceOrigin::known;
  std::string original;  // of a copy: the folder where the repository was before
};

// Finds the device that the repository whose data lies in `folder` is, or makes it; the file has
// its entry then, and is to be written unless it was known. Asks the disk; from any thread.
Device settle_device(Context& context, const std::string& folder, config::RepositoryFile& file);

// The entry of the device that the repository in `folder` is; null: it was not settled.
const config::DeviceEntry* device_at(const Context& context, const std::string& folder,
                                     const config::RepositoryFile& file);

// In place of the device in `folder`: somebody else copies under its name.
std::string take_new_device(Context& context, const std::string& folder,
                            config::RepositoryFile& file);

// The one device that version 0.1.0 had for all repositories; "" if there is none. A file that
// makes no sense is told to the log.
std::string read_former_device(base::Directory& data, const std::string& path,
                               const base::Log& log);

// The machine that this process runs on.
Machine this_machine();

}  // namespace vcs::agent::repository
