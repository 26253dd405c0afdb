// SPDX-License-Identifier: Apache-2.0
// Settles the device of a repository: the name under which it copies to remotes. Each working copy
// has its own.
//
// The id belongs to a place: a machine, and the folder of the repository's data. Data in another
// folder of the same machine was moved if the old folder does not have it any more; else it is a
// copy. Data on another machine is a copy. A copy takes a new id, so that it never overwrites the
// heads of its original; in doubt a new id is harmless. A copy that cannot be noticed here (an
// image of a disk) is noticed at the remote: see take_new_device().
#pragma once

#include <string>

#include "agent/context.hpp"
#include "config/repository_file.hpp"

namespace vcs::agent::repository {

enum class DeviceOrigin {
  known,  // nothing has changed
  moved,  // the id goes on in another place, or gets its first place
  made,   // new, for a new repository
  copy,   // new, because this is a copy
};

struct Device {
  std::string id;
  DeviceOrigin origin = DeviceOrigin::known;
  std::string original;  // of a copy: the folder where the repository was before
};

// Finds or makes the device of the repository whose data lies in `folder`, and enters it into
// `file`. The caller writes the file unless the origin is `known`. Asks the disk; from any thread.
Device settle_device(Context& context, const std::string& folder, config::RepositoryFile& file);

// The entry of the device of the repository in `folder`; null: it is not settled.
const config::DeviceEntry* device_at(const Context& context, const std::string& folder,
                                     const config::RepositoryFile& file);

// Replaces the device in `folder`, because another copy uses its name at a remote. Returns the new
// id.
std::string take_new_device(Context& context, const std::string& folder,
                            config::RepositoryFile& file);

// The one device that version 0.1.0 had for all repositories; "" if there is none. Logs a warning
// if the file holds no device id.
std::string read_former_device(base::Directory& data, const std::string& path,
                               const base::Log& log);

// The machine that this process runs on.
Machine this_machine();

}  // namespace vcs::agent::repository
